"""The labs: move a control, see what the network does at once."""

from .backprop_stepper import BackpropStepperLab
from .batch_norm import BatchNormLab
from .bowl import BowlLab
from .dead_relu import DeadReLULab
from .dropout import DropoutLab
from .hints import Hints
from .initialization import InitializationLab
from .lab import Lab
from .learning_rate import LearningRateLab
from .live import LiveLab
from .losses import LossLab
from .optimizer_race import OptimizerRaceLab
from .patient import Patient
from .picture import LivePicture
from .playground import PlaygroundLab
from .prediction import Prediction, predict
from .vanishing_gradient import VanishingGradientLab

__all__ = [
    "BackpropStepperLab",
    "BatchNormLab",
    "BowlLab",
    "DeadReLULab",
    "DropoutLab",
    "Hints",
    "InitializationLab",
    "Lab",
    "LearningRateLab",
    "LiveLab",
    "LivePicture",
    "LossLab",
    "OptimizerRaceLab",
    "Patient",
    "PlaygroundLab",
    "Prediction",
    "VanishingGradientLab",
    "predict",
]
