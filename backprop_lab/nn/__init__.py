"""The network: layers, losses, optimizers and a gradient checker, in NumPy alone."""

from .activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from .attention import CausalSelfAttention, TransformerBlock
from .convolution import Conv2D, Flatten, MaxPool2D
from .dropout import Dropout
from .embedding import Embedding, Position
from .gradient_checking import GradientReport, gradcheck, numerical_gradient
from .initializers import he, normal, orthogonal, xavier, zeros
from .layer import Cache, Layer
from .linear import Linear
from .losses import (
    bce_with_logits,
    discriminator_loss,
    generator_loss,
    mse,
    softmax,
    softmax_cross_entropy,
)
from .metrics import (
    COCO,
    VOC2007,
    VOC2010,
    DetectionRules,
    accuracy,
    average_precision,
    confusion_matrix,
    iou,
    mean_average_precision,
    perplexity,
    precision_recall,
)
from .normalization import BatchNorm, LayerNorm
from .optimizers import (
    SGD,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    clip_by_global_norm,
)
from .overview import summary
from .recurrent import RNN
from .regularizers import l1, l2, weight_decay
from .residual import Residual
from .scalar import Value
from .schedules import constant, cosine, step_decay, warm_up
from .sequential import Sequential
from .storage import load, save
from .tracing import LayerTrace, trace

__all__ = [
    "Adam",
    "AdamW",
    "BatchNorm",
    "COCO",
    "Cache",
    "CausalSelfAttention",
    "Conv2D",
    "DetectionRules",
    "Dropout",
    "Embedding",
    "Flatten",
    "GELU",
    "GradientReport",
    "Layer",
    "LayerNorm",
    "LayerTrace",
    "LeakyReLU",
    "Linear",
    "MaxPool2D",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "Position",
    "RMSProp",
    "RNN",
    "ReLU",
    "Residual",
    "SGD",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "TransformerBlock",
    "VOC2007",
    "VOC2010",
    "Value",
    "accuracy",
    "average_precision",
    "bce_with_logits",
    "clip_by_global_norm",
    "confusion_matrix",
    "constant",
    "cosine",
    "discriminator_loss",
    "generator_loss",
    "gradcheck",
    "he",
    "iou",
    "l1",
    "l2",
    "load",
    "mean_average_precision",
    "mse",
    "normal",
    "numerical_gradient",
    "orthogonal",
    "perplexity",
    "precision_recall",
    "save",
    "softmax",
    "softmax_cross_entropy",
    "step_decay",
    "summary",
    "trace",
    "warm_up",
    "weight_decay",
    "xavier",
    "zeros",
]
