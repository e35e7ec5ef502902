"""The built-in tasks, one entry each. Nothing of them is loaded before one is made."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from ...errors import TaskError, UnknownName
from ...schedules import split_name
from ...spec import Optimizer, read_suggestion
from .._base import Task
from .._datasets import MODELS
from .._names import read_width
from .._splits import SPLITS
from ._names import (
    BuiltIn,
    NamedTask,
    TaskOption,
    number,
    read_column,
    read_file,
    read_folder,
    read_name,
    whole_number,
    word,
)

DIGITS_COUNTS = {"convnet": (8, 16), "mlp": (32,)}  # channels or units of the hidden layers, by model
SPLIT = TaskOption("fixed", word(*SPLITS))
WIDTH = TaskOption(1.0, read_width)


def _check_digits(model: str, values: Mapping[str, Any]) -> None:
    """Raise TaskError where a width makes parts of a channel."""
    for count in DIGITS_COUNTS[model]:
        channels = count * values["width"]
        if not channels.is_integer() or channels < 1:
            raise TaskError(
                f"width {values['width']:g} makes {channels:g} of the {count} channels of digits/{model}, and no layer "
                "has a part of one; write width=1/2 or width=2"
            )


def _check_heads(values: Mapping[str, Any]) -> None:
    if values["dim"] % values["heads"]:
        raise TaskError(
            f"dim must be a multiple of heads, but got dim={values['dim']} and heads={values['heads']}; write dim="
            f"{values['heads'] * max(1, round(values['dim'] / values['heads']))}"
        )


def _check_source(values: Mapping[str, Any]) -> None:
    if values["data"] and values["file"]:
        raise TaskError("text/classify reads one table, a file or a data folder's; leave out file=... or data=...")
    named = next((option for option in ("text", "label") if values[option]), None)
    if named and not (values["data"] or values["file"]):
        raise TaskError(f"{named}={values[named]} is a column of a table of yours; name that, file=PATH or data=NAME")
    if named and values["text"] == values["label"]:
        raise TaskError(f"text and label are two columns, but both are {values['text']}; leave out one of them")


def _digits(model: str, text: str) -> BuiltIn:
    options = {"split": SPLIT, "width": WIDTH}
    return BuiltIn(text, f"_digits:digits_{model}", options, "split=fresh, width=2", partial(_check_digits, model))


BUILT_IN: dict[str, BuiltIn] = {
    "digits/convnet": _digits("convnet", "scikit-learn's digits with a small ConvNet (1,898 parameters)."),
    "digits/mlp": _digits("mlp", "scikit-learn's digits with an MLP of two hidden layers (3,466 parameters)."),
    "digits/segment": BuiltIn(
        "scikit-learn's digits on noise, a class for every pixel, with a small U-Net (29,571 parameters).",
        "_segment:digits_segment",
        {"width": TaskOption(8, whole_number(1, 256))},
        "width=16",
        optimizer="adamw",
    ),
    "text/char-gpt": BuiltIn(
        "The next character of Python's language reference, or of a text of yours, with a small GPT (about 117,000).",
        "_char_gpt:char_gpt",
        {
            "blocks": TaskOption(2, whole_number(1, 48)),
            "context": TaskOption(64, whole_number(2, 4096)),
            "dim": TaskOption(64, whole_number(1, 4096)),
            "file": TaskOption("", read_file),
            "heads": TaskOption(4, whole_number(1, 256)),
        },
        "blocks=1, context=128, dim=96, file=book.txt",
        _check_heads,
        "adamw(beta2=0.99, weight_decay=0.1)",  # as studies/gpt-schedules.yaml
    ),
    "text/classify": BuiltIn(
        "The package that a line of Python's library is from, or a table of yours, with a mean of token vectors.",
        "_text_classes:text_classify",
        {
            "data": TaskOption("", read_folder),
            "dim": TaskOption(32, whole_number(1, 4096)),
            "file": TaskOption("", read_file),
            "label": TaskOption("", read_column),
            "length": TaskOption(24, whole_number(1, 4096)),
            "text": TaskOption("", read_column),
            "tokens": TaskOption("words", word("words", "characters")),
            "words": TaskOption(2000, whole_number(3, 100000)),
        },
        "file=reviews.csv, length=64, words=5000",
        _check_source,
        "adamw",
    ),
    "diabetes/linear": BuiltIn(
        "scikit-learn's diabetes, progression after a year as a number, with a linear model (11 parameters).",
        "_diabetes:diabetes_linear",
        {"split": SPLIT},
        "split=fresh",
    ),
    "diabetes/mlp": BuiltIn(
        "scikit-learn's diabetes, progression after a year as a number, with an MLP (1,441 parameters).",
        "_diabetes:diabetes_mlp",
        {"split": SPLIT, "width": WIDTH},
        "split=fresh, width=2",
    ),
    "quadratic/noisy": BuiltIn(
        "Least squares with a known Hessian, optimum and gradient noise (32 parameters): where theory has formulas.",
        "_quadratic:quadratic_noisy",
        {
            "condition": TaskOption(100.0, number(1, 1e6)),
            "dim": TaskOption(32, whole_number(1, 1024)),
            "noise": TaskOption(1.0, number(0, 100)),
        },
        "condition=1000, dim=64, noise=0.5",
    ),
    "logistic": BuiltIn(
        "Logistic regression on generated data of two classes that overlap (42 parameters): a convex loss.",
        "_logistic:logistic",
        {"condition": TaskOption(10.0, number(1, 1e6)), "dim": TaskOption(20, whole_number(1, 1024))},
        "condition=100, dim=64",
    ),
}

GROUPS = {head.partition("/")[0] for head in BUILT_IN}  # a slip after one is named, unless it is a model of images


def parse(text: str) -> NamedTask | None:
    """The built-in task that a text names; None where it names none.

    Raises UnknownName for a model or an option that does not exist, TaskError for a value that cannot be.
    """
    named, head = split_name(text), _head_of(text)
    if named is None or not head:
        return None
    if head in BUILT_IN:
        return read_name(head, named.inside, text, BUILT_IN[head])
    group, _, model = head.partition("/")
    if group == "digits" or (group in GROUPS and model and model not in MODELS):
        raise UnknownName("task", text, BUILT_IN)
    return None


def is_built_in(text: str) -> bool:
    """Whether a text names a built-in task, whatever its options."""
    return _head_of(text) in BUILT_IN


def _head_of(text: str) -> str:
    """What stands before the parentheses, as names are written."""
    named = split_name(text)
    return "" if named is None else named.name.strip().lower().replace("_", "-").replace(" ", "")


def make(wanted: NamedTask) -> Task:
    """The task itself, its data read or generated. Raises TaskError where they are not there."""
    file, _, function = BUILT_IN[wanted.head].place.partition(":")
    task: Task = getattr(import_module(f".{file}", __package__), function)(**wanted.values)
    task.optimizer = suggested_by(wanted.head)
    return task


def suggested_by(head: str) -> Optimizer | None:
    """What trains the built-in task of this name where nobody names an optimizer; None: SGD."""
    text = BUILT_IN[head].optimizer
    return read_suggestion(text) if text else None


def lines() -> dict[str, Callable[[], Task]]:
    """A function of nothing for each that makes it with its usual options; its docstring is its line in the list."""

    def function_of(head: str) -> Callable[[], Task]:
        def made() -> Task:
            return make(NamedTask(head, *({name: each.usual for name, each in BUILT_IN[head].options.items()},) * 2))

        optimizer = BUILT_IN[head].optimizer
        made.__doc__ = f"{BUILT_IN[head].text}{f'  optimizer={optimizer}' if optimizer else ''}"
        return made

    return {head: function_of(head) for head in BUILT_IN}
