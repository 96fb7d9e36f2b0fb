"""Backpropagation, built by hand, watched live, and checked: start with `backprop_lab.nn`."""

__version__ = "0.1.0"
