"""The clinic: sick trainings on real digits, made from recipes, and their charts."""

from .chart import Chart
from .diseases import DISEASES, HEALTHY, Disease
from .recipe import ACTIVATIONS, INITS, LOSSES, STATISTICS, Recipe
from .training import train

__all__ = [
    "ACTIVATIONS",
    "Chart",
    "DISEASES",
    "Disease",
    "HEALTHY",
    "INITS",
    "LOSSES",
    "Recipe",
    "STATISTICS",
    "train",
]
