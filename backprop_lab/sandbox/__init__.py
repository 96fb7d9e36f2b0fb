"""Run a stranger's code behind walls, and get nothing back but numbers and words.

A clean process, which has NumPy loaded and never saw a test, forks one box for each submission.
Inside the box the code sees Python alone; outside, every reply is treated as hostile.
"""

from .sandboxes import Box, BoxLost, NoWalls, Sandboxes, TimeOut

__all__ = ["Box", "BoxLost", "NoWalls", "Sandboxes", "TimeOut"]
