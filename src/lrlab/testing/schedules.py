"""One small instance of everything in the catalogue, for sweeps; all of them fit HORIZON."""

from ..schedules import (
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Horizon,
    Linear,
    OneCycle,
    Polynomial,
    Schedule,
    Step,
    Warmup,
)

HORIZON = Horizon(updates=20, updates_per_epoch=6)

EXAMPLES: dict[str, Schedule] = {
    "constant": Constant(),
    "cosine": Cosine(),
    "cyclic": Cyclic(),
    "exponential": Exponential(),
    "linear": Linear(),
    "one_cycle": OneCycle(),
    "polynomial": Polynomial(),
    "step": Step(),
    "warmup": Warmup(then=Cosine()),
}

VARIANTS: dict[str, Schedule] = {
    "cosine, closed, to a floor": Cosine(floor=0.1, end="closed"),
    "cyclic, uneven, from 0": Cyclic(period="7 updates", rise=0.2, low=0),
    "exponential, by the epoch": Exponential(gamma=0.5, every="1 epochs"),
    "linear, closed": Linear(end="closed"),
    "one cycle, linear, the peak between two updates": OneCycle(rise="23%", anneal="linear"),
    "polynomial, closed, late": Polynomial(power=0.5, end="closed"),
    "step, by the epoch": Step(gamma=0.5, every="1 epochs"),
    "warm-up of half the run, reaching the peak": Warmup(span="50%", first="1/W", then=Linear()),
    "warm-up from 0, before one cycle": Warmup(span="1 epochs", first="0", then=OneCycle(rise="50%")),
}
