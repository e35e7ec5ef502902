"""Image tasks by name: a data set of images under a built-in model."""

from functools import partial

from ..errors import TaskError
from ..models import MODELS
from ._augment import AUGMENTATIONS, Augment
from ._base import Task
from ._datasets import DATA_SETS
from ._folder import DataFiles, data_files, dataset_folder
from ._hub import fetch
from ._images import read_splits
from ._names import HUB, ImageTask
from ._trees import first_leaf


def image_task(wanted: ImageTask) -> Task:
    """The task a name asks for. Raises TaskError where the data is missing, is damaged or does not fit the options."""
    data = read_splits(_find_files(wanted.dataset), wanted.dataset, wanted.validation, wanted.size)
    channels, height, width = first_leaf(data.train.inputs).shape[1:]
    if height != width:
        raise TaskError(
            f"{wanted}: the built-in models need square images, but these are {height}x{width}; "
            f"give size={min(height, width)} to shrink them to a square"
        )
    if wanted.images is not None and wanted.images > len(data.train.labels):
        raise TaskError(
            f"{wanted}: `images` must be at most the {len(data.train.labels)} training images that are left after "
            f"{0 if data.validation is None else len(data.validation.labels)} went to validation"
        )
    if wanted.test is not None and wanted.test > len(data.test.labels):
        raise TaskError(f"{wanted}: `test` must be at most the {len(data.test.labels)} test images there are")
    task = Task(
        model=partial(MODELS[wanted.model], channels=channels, classes=data.classes, size=height, width=wanted.width),
        train=data.train,
        validation=data.validation,
        test=data.test,
        version="1",
        augment=_choose_augment(wanted, channels, height),
        normalize=data.normalize,
        class_names=data.names,
    )
    return task._with_reading_notes(data.notes).head(train=wanted.images, test=wanted.test)


def _find_files(dataset: str) -> DataFiles:
    return fetch(dataset.removeprefix(HUB)) if dataset.startswith(HUB) else data_files(dataset_folder(dataset))


def _choose_augment(wanted: ImageTask, channels: int, side: int) -> Augment | None:
    """What a name asks for, or else is usual, for images of so many channels and pixels a side."""
    known = DATA_SETS.get(wanted.dataset)
    usual = known.augment if known else "crop+flip" if channels == 3 else "none"
    parts = (wanted.augment or usual).split("+")
    return None if parts == ["none"] else Augment(**{part: AUGMENTATIONS[part](side) for part in parts})
