"""Numbers rounded to a few steps."""

from math import floor, log, log10

_STEPS = (1, 2, 5, 10)


def rounded_step(value: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten, by ratio. value: above 0.

    >>> [rounded_step(value) for value in (0.0201, 0.0033, 0.8, 0.68, 31.0)]
    [0.02, 0.005, 1.0, 0.5, 20.0]
    """
    power = floor(log10(value))
    step = min(_STEPS, key=lambda step: abs(log(step) + log(10) * power - log(value)))
    return float(f"{step}e{power}")
