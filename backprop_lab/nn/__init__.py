"""The network: layers, losses, optimizers and a gradient checker, in NumPy alone."""

from .activations import ReLU, Sigmoid, Tanh
from .gradcheck import GradientReport, gradcheck, numerical_gradient
from .initializers import he, xavier
from .layer import Cache, Layer
from .linear import Linear
from .losses import mse, softmax, softmax_cross_entropy
from .optimizers import SGD
from .sequential import Sequential

__all__ = [
    "SGD",
    "Cache",
    "GradientReport",
    "Layer",
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "gradcheck",
    "he",
    "mse",
    "numerical_gradient",
    "softmax",
    "softmax_cross_entropy",
    "xavier",
]
