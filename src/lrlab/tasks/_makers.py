"""The ways to make a task other than of its splits: of one set of arrays, of data sets of torch's, of a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import TaskError
from ._reading import check_objective, reading_of
from ._splits import SPLITS

if TYPE_CHECKING:
    from torch import nn

    from ._streams import Stream


class TaskMakers:
    """Inherited by `Task`."""

    reading_notes: tuple[str, ...]

    if TYPE_CHECKING:

        def __init__(self, **_: Any) -> None: ...

        def with_fresh_split(self) -> Self: ...

        def _with_streams(self, streams: dict[str, Stream], class_names: tuple[str, ...], classes: int) -> Self: ...

        def _with_reading_notes(self, notes: tuple[str, ...]) -> Self: ...

    @classmethod
    def from_arrays(
        cls,
        *,
        model: Callable[[], nn.Module],
        inputs: Any,
        labels: Any,
        split: str = "fixed",
        groups: Any = None,
        **others: Any,
    ) -> Self:
        """A task of one set of arrays, split 60 / 20 / 20 into train, validation and test by a fixed shuffle.

        split: "fresh": each seed draws its own split, of the same sizes, so that an answer is not about one of them.
        groups: a key for each example, such as a patient's: no key is in two splits. Sizes are then about those.

        Classes are split in proportion: each with 3 examples or more is in every split, for which validation and test
        grow where they would be too small. Whole numbers under a loss of your own are split so where most of them, and
        all of those that are not 0 .. C-1, occur 3 times at least; else they are taken for amounts. The shuffle depends
        on the number of examples and their classes alone; that of other labels on the number.
        Raises TaskError where there are fewer than 10.
        """
        from ._labels import read_class_names
        from ._one_set import cut_arrays  # torch is loaded here, not before

        if split not in SPLITS:
            raise TaskError(f'split is "fixed" or "fresh", but got {split!r}; leave it out for "fixed"')
        if groups is not None and split == "fresh":
            raise TaskError(
                'groups do not go together with split="fresh": whole groups make splits of other sizes for each seed; '
                "leave one of them out"
            )
        names = read_class_names(others.get("class_names", ()))
        reading = reading_of(check_objective(others.get("objective")), others.get("loss"))
        cut = cut_arrays(inputs, labels, names, reading, others.get("pad", 0), groups)
        train, validation, test = cut.pairs
        others["class_names"] = cut.names
        task = cls(model=model, train=train, validation=validation, test=test, **others)
        task = task._with_reading_notes((*cut.notes, *task.reading_notes))
        return task.with_fresh_split() if split == "fresh" else task

    @classmethod
    def from_dataset(
        cls,
        dataset: Any = None,
        *,
        model: Callable[[], nn.Module],
        train: Any = None,
        validation: Any = None,
        test: Any = None,
        label: str | None = None,
        groups: Any = None,
        split: str = "fixed",
        **others: Any,
    ) -> Self:
        """A task of a `torch.utils.data.Dataset`, each item read once, into memory.

        dataset: split as `from_arrays` does it. train, test: data sets of a split each, instead of it; validation: one,
        or how many training items are set aside; 10 % where it is not given. Items are pairs (x, y), (x1, x2, y), or
        dicts. label: the key of an item's label, where it is none of labels, label, y, target, targets. groups: as in
        `from_arrays`, or the key that has them; they and split go with dataset alone. others: as in `Task`. Pictures
        of Pillow's become uint8 (C, H, W).
        Raises TaskError where items differ in form, type or shape, or do not fit into memory.
        """
        from ._dataset_parts import read_parts  # torch is loaded here, not before
        from ._items import read_items

        _check_data_sets(dataset, {"train": train, "validation": validation, "test": test}, groups, split)
        if dataset is not None:
            key = groups if isinstance(groups, str) else None
            read = read_items(dataset, "the dataset", label, key)
            keys = groups if key is None else read.groups
            task = cls.from_arrays(
                model=model, inputs=read.inputs, labels=read.labels, split=split, groups=keys, **others
            )
            return task._with_reading_notes((*task.reading_notes, *read.notes))
        reading = reading_of(check_objective(others.get("objective")), others.get("loss"))
        parts = read_parts(train, validation, test, label, reading)
        task = cls(model=model, **parts.pairs, **others)
        return task._with_reading_notes((*task.reading_notes, *parts.notes))

    @classmethod
    def from_loaders(
        cls,
        *,
        model: Callable[[], nn.Module],
        train: Callable[[int], Any],
        validation: Callable[[int], Any] | None,
        test: Callable[[int], Any],
        label: str | None = None,
        examples: int | None = None,
        **others: Any,
    ) -> Self:
        """A task of data that do not fit into memory: loaders read them batch by batch, again in each epoch.

        train, validation, test: functions of the batch size that make a `DataLoader`, or anything else that gives
        batches of so many: `lambda batch_size: DataLoader(data, batch_size=batch_size, shuffle=True)`. lrlab seeds
        torch's, numpy's and Python's generators by the trial's seed and the epoch, so that the loader shuffles by them.
        label: the key of the label, where batches are dicts. examples: how many make an epoch of training, where the
        loader gives more, or without end; every epoch begins with a new loader. others: as in `Task`. Labels are whole
        numbers from 0, or amounts. Trials run one by one, by the plain loop: they are not stacked.

        At the start lrlab goes once through validation and test, and through training data where the loader does not
        say how many there are. A trial's key covers these labels, the first examples, the numbers and the code; where
        other data come, give another `version`. Raises TaskError where loaders give no batches, other ones each time,
        or batches of varied form, and where one that
        does not say how many it has gives 10 million examples, or more labels than fit into memory.
        """
        from ._labels import read_class_names
        from ._streamed import streamed  # torch is loaded here, not before

        makers = {"train": train, "validation": validation, "test": test}
        given = {name: make for name, make in makers.items() if make is not None or name != "validation"}
        opened = streamed(given, label, check_objective(others.get("objective")), others.get("loss"), examples)
        names = read_class_names(others.pop("class_names", ()))
        samples = {"validation": None, **opened.samples}
        task = cls(model=model, class_names=names or opened.numbers or opened.positions, **samples, **others)
        notes = (*task.reading_notes, *opened.notes)
        return task._with_streams(opened.streams, names, len(opened.numbers))._with_reading_notes(notes)

    @classmethod
    def from_folder(
        cls,
        folder: Path | str,
        *,
        model: Callable[[], nn.Module],
        size: int | None = None,
        validation: int | None = None,
        **others: Any,
    ) -> Self:
        """A task of the images in a folder, in parquet files or in a folder for each class, under a model of your own.

        folder: its path, or its name in the data folder. size: the side images are shrunk to; needed where they are of
        several sizes. validation: training images that are set aside, 0 for none; 10 % where it is not given.
        others: as in `Task`. Inputs are uint8 (N, C, H, W), splits and constants those of FOLDER/MODEL.
        Raises TaskError where there is no such folder, or its files are no data set.
        """
        from ._images import read_folder

        stray = sorted({"train", "test"} & others.keys())
        if stray:
            raise TaskError(
                f"from_folder takes its splits out of the folder, so {stray[0]} was given for nothing; leave it out, "
                "or give arrays: Task(train=..., validation=..., test=...)"
            )
        data = read_folder(folder, size=size, validation=validation)
        splits = {"train": data.train, "validation": data.validation, "test": data.test}
        usual = {"normalize": data.normalize, "class_names": data.names}
        task = cls(model=model, **usual | others | splits)
        return task._with_reading_notes(data.notes)


def _check_data_sets(dataset: Any, parts: dict[str, Any], groups: Any, split: str) -> None:
    """Raise TaskError for what `from_dataset` is given beside a data set, or a part of each, and would not look at."""
    if dataset is not None:
        given = [name for name, part in parts.items() if part is not None]
        if given:
            raise TaskError(
                f"from_dataset splits the one dataset that it is given, and was given {' and '.join(given)} beside it; "
                "name the data sets of the splits (train=..., validation=..., test=...), or leave "
                f"{' and '.join(given)} out"
            )
        return
    given = [name for name, there in {"groups": groups is not None, "split": split != "fixed"}.items() if there]
    if given:
        raise TaskError(
            f"{' and '.join(given)} of from_dataset say how one dataset is split, and here each split has a data set "
            f"of its own; give from_dataset(dataset, model=...), or leave {' and '.join(given)} out"
        )
