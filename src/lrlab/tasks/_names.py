"""Names of image tasks: DATASET/MODEL(option=value, ...). Text only: no data is touched, and torch is not loaded."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from ..errors import TaskError, UnknownName
from ..schedules import NamedText, UnpairedError, split_fields, split_name
from ._augment import AUGMENTATIONS
from ._datasets import DATA_SETS, MODELS, DataSet

HUB = "hub:"
FORM = 'write "cifar10/resnet18", "mnist/lenet(width=0.5, images=5000)" or "hub:owner/name/convnet"'
FOLDER = re.compile(r"\w[\w.-]*")
LONGEST = 500  # characters; keeps messages, and the search for what was perhaps meant, short


class ImageTask(NamedTuple):
    """What a name asks for. None: as the data has it. `str` gives the canonical name.

    width: factor on the model's channels. size: side of the images after down-sampling. images, test: training and test
    images that are kept. validation: training images that are set aside, 0 for none. augment: parts joined by "+", or
    "none".

    >>> print(parse_name("CIFAR10/ResNet18(size=32, width=1/4, images=500)"))
    cifar10/resnet18(images=500, width=0.25)
    """

    dataset: str
    model: str
    augment: str | None = None
    images: int | None = None
    size: int | None = None
    test: int | None = None
    validation: int | None = None
    width: float = 1.0

    def __str__(self) -> str:
        values = {option: getattr(self, option) for option in sorted(OPTIONS)}
        given = {option: value for option, value in values.items() if value != self._field_defaults[option]}
        return write_name(f"{self.dataset}/{self.model}", given)


def parse_name(text: str) -> ImageTask:
    """The image task a text names; what a built-in data set has by default is left out of it.

    Raises TaskError where it has another form, UnknownName for a model or option that does not exist. Whether there is
    such a data set only `get` finds out.
    """
    head = split_name(text) or NamedText("", "")
    dataset, slash, model = (part.strip() for part in head.name.rpartition("/"))
    parts = dataset.removeprefix(HUB).split("/")
    folders = 2 if dataset.startswith(HUB) else 1
    if not slash or len(parts) != folders or not all(map(FOLDER.fullmatch, parts)) or len(text) > LONGEST:
        raise TaskError(f"a task of images has another name than {text[:LONGEST]!r}: {FORM}")
    model = model.lower().replace("_", "-")
    if model not in MODELS:
        raise UnknownName("model", model, MODELS)
    dataset = dataset.lower() if dataset.lower() in DATA_SETS else dataset
    readers = {name: option.read for name, option in OPTIONS.items()}
    wanted = ImageTask(dataset, model, **read_options(head.inside, text, readers, FORM))
    known = DATA_SETS.get(dataset)
    usual = {name: option.usual(known) for name, option in OPTIONS.items()} if known else {}
    return wanted._replace(**{name: None for name, value in usual.items() if getattr(wanted, name) == value})


def read_options(
    written: str, text: str, readers: Mapping[str, Callable[[str, str], Any]], form: str
) -> dict[str, Any]:
    """The options in the parentheses of a name. Raises TaskError, UnknownName.

    written: what stands in them. text: the whole name. readers: of each option, its value from its name and its text.
    form: how names are written, for errors.
    """
    options: dict[str, Any] = {}
    try:
        fields = split_fields(written)
    except UnpairedError as error:
        raise TaskError(f"{error}: {form}") from None
    for field in fields:
        option = field.name.lower()
        if not field.complete:
            raise TaskError(f"an option is name=value, but read {field.text!r} in {text!r}; {form}")
        if option not in readers:
            raise UnknownName("option of a task", field.name, readers)
        if option in options:
            raise TaskError(f"`{field.name}` is given twice in {text!r}; leave one of them out")
        options[option] = readers[option](option, field.value)
    return options


def write_name(head: str, given: Mapping[str, str | float]) -> str:
    """The canonical name: options in the order given, in parentheses."""
    written = ", ".join(f"{option}={_write_value(value)}" for option, value in given.items())
    return head + (f"({written})" if written else "")


def _read_count(option: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or int(text) == 0:
        raise TaskError(f"`{option}` must be a whole number from 1, but got {text!r}; write {option}=500")
    return int(text)


def _read_count_or_none(option: str, text: str) -> int:
    if text.lower() == "none":
        return 0
    if not re.fullmatch(r"\d{1,9}", text) or int(text) == 0:
        raise TaskError(
            f"`{option}` must be a whole number from 1, or none, but got {text!r}; write {option}=500 or {option}=none"
        )
    return int(text)


def read_width(option: str, text: str) -> float:
    """A factor on a model's channels, a number or a fraction. Raises TaskError."""
    try:
        width = float(Fraction(text.replace(" ", "")))
    except (ValueError, ZeroDivisionError, OverflowError):
        width = 0.0
    if not 0.01 <= width <= 100:
        raise TaskError(f"`{option}` must lie in [0.01, 100], but got {text!r}; write {option}=0.25 or {option}=1/4")
    return width


def _read_augment(option: str, text: str) -> str:
    parts = [part.strip().lower() for part in text.split("+")]
    if parts == ["none"]:
        return "none"
    if len(set(parts)) < len(parts) or not set(parts) <= set(AUGMENTATIONS):
        raise TaskError(
            f"`{option}` must be none, or {', '.join(AUGMENTATIONS)} joined by +, but got {text!r}; "
            f"write {option}=crop+flip"
        )
    return "+".join(part for part in AUGMENTATIONS if part in parts)


def _write_value(value: str | float) -> str:
    """A value as the canonical name has it: 0 is none, and a number as short as it can be."""
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return "none" if value == 0 else str(value)


class Option(NamedTuple):
    """An option of a name. Its field in `ImageTask` has the value that is left out.

    read: its value, from the option's own name and the text. usual: what a data set that is built in has by default.
    """

    read: Callable[[str, str], Any]
    usual: Callable[[DataSet], Any] = lambda known: None  # noqa: ARG005


OPTIONS = {
    "augment": Option(_read_augment, lambda known: known.augment),
    "images": Option(_read_count),
    "size": Option(_read_count, lambda known: known.size),
    "test": Option(_read_count),
    "validation": Option(_read_count_or_none, lambda known: known.validation),
    "width": Option(read_width),
}
