"""The demo: eight schedules on real digits, each at its best peak, in less than a minute."""

from ..spec import Study
from ._comparison_study import comparison_study

SCHEDULES = (
    "constant",
    "warmup+constant",
    "step",
    "exponential",
    "linear",
    "cosine",
    "one_cycle",
    "cyclic(rise=0.2)",
)


def demo() -> Study:
    """Eight schedules for a small ConvNet on scikit-learn's digits, SGD with momentum."""
    return comparison_study(
        "digits/convnet",
        SCHEDULES,
        name="demo",
        title="Which learning-rate schedule for a small ConvNet on handwritten digits?",
        budget="6 epochs",
        confirm_seeds=40,
        confirm={"looks": (12, 20, 30, 40)},
    )
