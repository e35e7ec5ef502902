"""One small instance of every rule, for sweeps; all of them fit HORIZON."""

from lrlab.rules import ByCutoff, ByEpoch, ByOscillation, Plateau, Rule
from lrlab.schedules import Constant, Cosine, Horizon, InverseTime, Linear, OneCycle, Scale, Step, Warmup

HORIZON = Horizon(updates=47, updates_per_epoch=5)  # ten epochs, the last of two updates
HALVES = Step(gamma=0.5, every="1 epochs")  # a sequence one can follow by eye: 1, 1/2, 1/4 ...

EXAMPLES: dict[str, Rule] = {
    "by_cutoff": ByCutoff(cutoff=0.1, then=HALVES),
    "by_epoch": ByEpoch(then=HALVES),
    "by_oscillation": ByOscillation(then=HALVES),
    "plateau": Plateau(patience=1, then=Constant()),
}

VARIANTS: dict[str, Rule] = {
    "cutoff that stays, over a cosine": ByCutoff(cutoff=0.5, shrink=1, then=Cosine(floor=0.1)),
    "every epoch, after a warm-up that ends in the middle of one": ByEpoch(then=Warmup(span="7 updates", then=HALVES)),
    "every epoch of one cycle, with its momentum": ByEpoch(then=OneCycle(momenta=(0.95, 0.85))),
    "oscillation, over a curve that depends on the peak": ByOscillation(
        then=InverseTime(decay="peak/epochs", per="epoch")
    ),
    "plateau over a warm-up at half the rate": Plateau(
        patience=0, then=Scale(by=0.5, of=Warmup(span="2 epochs", then=Linear()))
    ),
    "oscillation, after a warm-up of two epochs": ByOscillation(then=Warmup(span="2 epochs", then=Linear())),
    "plateau of a growing value, over a warm-up and a line": Plateau(
        goal="max", patience=0, factor=0.5, floor=0.2, then=Warmup(span="20%", first="0", then=Linear())
    ),
    "plateau with an absolute threshold and a cooldown": Plateau(
        threshold=0.2, threshold_mode="absolute", cooldown=2, patience=0, then=Constant()
    ),
}


ALL = EXAMPLES | VARIANTS
