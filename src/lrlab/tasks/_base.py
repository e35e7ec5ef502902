"""Task: data in splits, a model, a loss and a metric. Loads torch when a task is made, not before."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TaskError
from ..objectives import Objective, OwnObjective
from ..spec import Metric
from ._augment import Augment, Normalize
from ._split import Split
from ._splits import SPLITS, room_for_all, shuffled_parts, split_words, stratified_parts
from ._trees import Inputs, first_leaf, leaves_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

ArrayPair = tuple[Any, Any]


class Task:
    """Data, model, loss and metric under one name. Anything numpy reads is taken for arrays, and tensors are.

    model: makes a new model with random weights each time it is called, with no arguments.
    train, validation, test: (inputs, labels) each; a `Split` is taken as it is, anything else is copied. Inputs of type
    uint8 and shape (N, C, H, W) are images and stay uint8. See `from_arrays` where there is only one set. Labels that
    are text, booleans, columns (N, 1), one-hot rows or whole numbers with gaps become classes 0 .. C-1, over all splits
    together, unless a loss is given; `class_names` then has what they were, and `notes` says so.
    validation=None: no validation data, as in some published protocols; then no peak is chosen and no rule watches.
    objective: loss and metrics as one value, as `lrlab.objectives` has them: `Regression()`, `NextToken()`. Without it
    loss, metric and score are functions of your own, or the usual ones; they do not go together with an objective.
    loss: (outputs, labels) -> mean loss, a scalar tensor; cross-entropy where labels are whole numbers, else required.
    metric and score: the metric's name and direction, and (outputs, labels) -> float. Accuracy for classes; for other
    labels the loss itself, unless given.
    version: change it when something matters that lrlab cannot see, such as code the model imports from elsewhere.
    augment: how training images (N, C, H, W) are changed at random. normalize: mean and std of uint8 images' channels.
    Without it uint8 images are divided by 255.
    class_names: the names of the classes by number, which keep their numbers then.
    name: what records call it, `task:NAME`, where it is made in a script or a notebook; else the name of the model
    function. Letters, digits, - _ and ., up to 60.

    Raises TaskError where arrays, loss and metric do not fit together.
    """

    def __init__(
        self,
        *,
        model: Callable[[], nn.Module],
        train: ArrayPair,
        validation: ArrayPair | None,
        test: ArrayPair,
        objective: Objective | None = None,
        loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        metric: Metric | None = None,
        score: Callable[[Tensor, Tensor], float] | None = None,
        version: str = "",
        augment: Augment | None = None,
        normalize: Normalize | None = None,
        class_names: Sequence[str] = (),
        name: str = "",
        tokens: bool | None = None,
    ) -> None:
        from ._arrays import as_splits  # torch is loaded here, not before

        self.model, self.loss, self.metric, self.score, self.version = model, loss, metric, score, version
        self.augment, self.normalize, self.name = augment, normalize, _check_name(name)
        parts = {"train": train, "validation": validation, "test": test}
        given = {name: arrays for name, arrays in parts.items() if arrays is not None or name != "validation"}
        self.given_objective = _check_objective(objective, loss, metric, score)
        splits, labels, self.tokens = as_splits(given, class_names, _reader(objective, loss), model, tokens)
        splits = {name: _read_split(name, split, objective) for name, split in splits.items()}
        self.train, self.validation, self.test = splits["train"], splits.get("validation"), splits["test"]
        self.fresh = False  # whether each seed draws its own split of all examples: see `with_fresh_split`
        self.drawn = False  # whether its split is one that a seed drew, so that other seeds have other test examples
        self.source = ""  # the text of the user's file, noted when it is loaded
        self.class_names, self.mapping = labels.names, labels.notes
        self.made_of: Callable[[], dict[str, str]] = dict  # of a user's file: see `program`
        self._check_inputs()
        if objective is not None:
            self.given_objective = objective.for_labels(self.train.labels)
            return
        if (metric is None) != (score is None):
            raise TaskError(
                "metric and score belong together: give both, metric=Metric(name=..., higher_is_better=...) and score"
            )
        if self.classes is None and loss is None:
            raise TaskError(
                "labels that are not whole numbers need a loss: give loss=(outputs, labels) -> scalar tensor; "
                "if they are classes written as floats, give labels.astype(int)"
            )

    @classmethod
    def from_arrays(
        cls, *, model: Callable[[], nn.Module], inputs: Any, labels: Any, split: str = "fixed", **others: Any
    ) -> Task:
        """A task of one set of arrays, split 60 / 20 / 20 into train, validation and test by a fixed shuffle.

        split: "fresh": each seed draws its own split, of the same sizes, so that an answer is not about one of them.

        Classes are split in proportion: each with 3 examples or more is in every split, for which validation and test
        grow where they would be too small. The shuffle depends on the number of examples and their classes alone; that
        of other labels on the number. Raises TaskError where there are fewer than 10.
        """
        from ._arrays import as_inputs, labels_of, take_rows
        from ._trees import first_leaf

        if split not in SPLITS:
            raise TaskError(f'split is "fixed" or "fresh", but got {split!r}; leave it out for "fixed"')
        objective = _check_objective(others.get("objective"))
        read = labels_of("all", labels, others.get("class_names", ()), _reader(objective, others.get("loss")))
        values = read.parts["all"]
        inputs = as_inputs("inputs", inputs, len(values))
        count = len(first_leaf(inputs))
        if count != len(values) or count < 10:
            raise TaskError(
                f"from_arrays needs at least 10 inputs and as many labels, but got {count} and {len(values)}"
            )
        if values.dtype.kind in "bui" and values.ndim == 1 and (objective is None or objective.reads_classes):
            held_out = max(round(0.2 * count), room_for_all(values, 3))
            parts = stratified_parts(values, (count - 2 * held_out, held_out, held_out))
        else:
            parts = shuffled_parts(count, (0.6, 0.2))
        train, validation, test = ((take_rows(inputs, part), values[part]) for part in parts)
        others["class_names"] = read.names
        task = cls(model=model, train=train, validation=validation, test=test, **others)
        task.mapping = read.notes
        return task.with_fresh_split() if split == "fresh" else task

    @classmethod
    def from_folder(
        cls,
        folder: Path | str,
        *,
        model: Callable[[], nn.Module],
        size: int | None = None,
        validation: int | None = None,
        **others: Any,
    ) -> Task:
        """A task of the images in a folder, in parquet files or in a folder for each class, under a model of your own.

        folder: its path, or its name in the data folder. size: the side images are shrunk to; needed where they are of
        several sizes. validation: training images that are set aside, 0 for none; 10 % where it is not given.
        others: as in `Task`. Inputs are uint8 (N, C, H, W), splits and constants those of FOLDER/MODEL.
        Raises TaskError where there is no such folder, or its files are no data set.
        """
        from ._images import read_folder

        data = read_folder(folder, size=size, validation=validation)
        splits = {"train": data.train, "validation": data.validation, "test": data.test}
        usual = {"normalize": data.normalize, "class_names": data.names}
        task = cls(model=model, **usual | others | splits)
        task.mapping = data.notes
        return task

    def _check_inputs(self) -> None:
        """All splits alike, and fit for augment and normalize."""
        from ._arrays import check_alike, check_range  # torch is loaded here, not before

        check_alike(dict(self.splits()))
        for name, split in self.splits():
            check_range(name, split)
        inputs, labels = self.train
        if (self.augment is not None or self.normalize is not None) and isinstance(inputs, tuple | dict):
            raise TaskError(
                f"augment and normalize are for images alone, and these are {len(inputs)} inputs; leave them out, "
                "or give the images alone"
            )
        shape = tuple(first_leaf(inputs).shape[1:])
        if self.augment is not None:
            self.augment.check(shape, tuple(labels.shape[1:]), whole=not labels.is_floating_point())
        if self.normalize is not None:
            self.normalize.check(shape, images=str(first_leaf(inputs).dtype) == "torch.uint8")

    @property
    def examples(self) -> int:
        """How many examples are trained on."""
        return len(self.train.labels)

    @property
    def device(self) -> torch.device:
        """Where its tensors lie."""
        return self.train.labels.device

    def splits(self) -> Iterator[tuple[str, Split]]:
        """The splits there are, by name: train, validation unless there is none, test."""
        yield "train", self.train
        if self.validation is not None:
            yield "validation", self.validation
        yield "test", self.test

    @cached_property
    def classes(self) -> int | None:
        """The number of classes: the highest label of any split plus one.

        None where labels are not one whole number an example, or a loss of the user's own has some below 0.
        """
        labels = [split.labels for _, split in self.splits()]
        if any(part.is_floating_point() or part.ndim != 1 or bool((part < 0).any()) for part in labels):
            return None
        return 1 + max(int(split.labels.max()) for _, split in self.splits())

    @cached_property
    def objective(self) -> Objective:
        """Loss, metrics and predictions: what was given, else of the user's own functions, or the usual ones."""
        if self.given_objective is not None:
            return self.given_objective
        return OwnObjective(
            of_classes=self.classes is not None,
            own_loss=self.loss,
            own_metric=self.metric,
            own_score=self.score,
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is worth a word before training: how labels became classes, and which classes a split lacks, or nearly.

        Where loss and score are the user's own, whole numbers may be amounts: nothing is said of those.
        """
        if self.given_objective is not None and not self.given_objective.reads_classes:
            return self.mapping + self.given_objective.notes({name: split.labels for name, split in self.splits()})
        if self.classes is None or (self.loss is not None and self.score is not None):
            return self.mapping
        labels = {name: split.labels.cpu().numpy() for name, split in self.splits()}
        return self.mapping + split_words(labels, max(self.classes, len(self.class_names)), self.class_names)

    @cached_property
    def program(self) -> dict[str, str]:
        """What a task of a user's file is made of besides its data, a hash for each part; nothing of other tasks.

        Parts are "the model" (its structure), "version", and each file of the user's that is imported, by name.
        """
        return self.made_of()

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every array of every split, the version and the program: 16 hexadecimal digits of SHA-256.

        `augment`, `normalize` and `objective` are part of it where they are given.
        """
        parts = "\n".join(f"{part} {text}" for part, text in sorted(self.program.items()))
        drawn = "fresh split\n" * self.fresh + "tokens\n" * self.tokens
        digest = hashlib.sha256(f"{self.version}\n{parts}\n{drawn}".encode())
        for extra in (self.augment, self.normalize, self.given_objective):
            if extra is not None:
                digest.update(f"{extra}\n".encode())
        return self._hash_arrays(digest)

    @cached_property
    def arrays(self) -> str:
        """A hash of every array of every split alone."""
        return self._hash_arrays(hashlib.sha256())

    def _hash_arrays(self, digest: hashlib._Hash) -> str:
        from ._copies import feed_array  # torch is loaded here, not before

        for name, split in self.splits():
            for leaf, tensor in split.named_tensors():
                several = f".{leaf.partition('.')[2]}" if "." in leaf else ""
                feed_array(digest, f"{name}{several}", tensor)
        return digest.hexdigest()[:16]

    def prepare(
        self,
        inputs: Inputs,
        *,
        generator: torch.Generator | None = None,
        draws: Tensor | None = None,
        dtype: torch.dtype | None = None,
    ) -> Inputs:
        """Stored inputs (B, ...) of any split to what the model eats, in `dtype`: float32 where it is not given.

        Of a tuple or dict of tensors each, in the same form. Tokens and masks stay whole numbers and booleans.

        generator: on the inputs' device; with it the images are augmented as in training. What comes out depends on the
        inputs, their number and the generator's state alone. Without it they are as in evaluation. draws: what `draw`
        gave with that generator, instead of it.
        uint8 images are divided by 255 and normalised; other inputs are only cast. What it gives never shares the
        memory of a split: a model may change its inputs in place.
        """
        import torch

        from ._prepare import Preparation

        if generator is not None:
            draws = self.draw(len(first_leaf(inputs)), generator)
        preparation = Preparation(self.augment, self.normalize, draws, dtype or torch.float32, self.tokens)
        stored = {leaf.untyped_storage().data_ptr() for _, split in self.splits() for leaf in leaves_of(split.inputs)}
        return preparation.of(inputs, stored)

    def draw(self, count: int, generator: torch.Generator) -> Tensor | None:
        """Everything random about the augmentation of so many inputs; None where they are not augmented."""
        from ._prepare import draw

        return draw(count, generator) if self.augment is not None else None

    def head(self, *, train: int | None = None, validation: int | None = None, test: int | None = None) -> Task:
        """The same task on its first examples, at most so many of each split; None: all. `classes` stays the same.

        Raises TaskError where a number is below 1.
        """
        counts = {"train": train, "validation": validation, "test": test}
        for name, count in counts.items():
            if count is not None and count < 1:
                raise TaskError(f"head: `{name}` must be at least 1, but got {count}; leave it out to keep all")
        return self._copy_with(
            **{name: split.take(slice(counts[name])) for name, split in self.splits()},
            classes=self.classes,
        )

    def with_fresh_split(self) -> Task:
        """The same examples, split anew by each seed into parts of the same sizes; classes in proportion.

        A look that belongs to no seed, such as measuring the pace, is at the split as it is here.
        """
        return self._copy_with(fresh=True)

    def of_seed(self, seed: int) -> Task:
        """The task as a trial of this seed sees it: itself, or a copy with the split that this seed draws."""
        if not self.fresh:
            return self
        from ._pool import draw_splits  # torch is loaded here, not before

        return self._copy_with(
            fresh=False, drawn=True, **draw_splits(dict(self.splits()), self.classes is not None, seed)
        )

    def with_model(self, factory: Callable[[], nn.Module]) -> Task:
        """The same data under another model."""
        return self._copy_with(model=factory)

    def to(self, device: torch.device | str) -> Task:
        """The same task with its tensors on a device; itself where they are there already."""
        moved = {name: split.changed(lambda tensor: tensor.to(device)) for name, split in self.splits()}
        there = all(first_leaf(moved[name].inputs) is first_leaf(split.inputs) for name, split in self.splits())
        return self if there else self._copy_with(**moved)

    def _copy_with(self, **changes: Any) -> Task:
        """A copy with other attributes. The arrays that stay are shared."""
        copied = copy.copy(self)
        for computed in ("fingerprint", "arrays", "notes"):
            copied.__dict__.pop(computed, None)
        copied.__dict__.update(changes)
        return copied


def _check_name(name: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{0,60}", name):
        raise TaskError(
            f"`name` of a task must be letters, digits, - _ and ., up to 60 of them, but got {name!r}; "
            'write name="my-net", or leave it out'
        )
    return name


def _check_objective(objective: Any, *own: Any) -> Objective | None:
    """Raise TaskError for what is no objective, and for one beside functions of the user's own."""
    if objective is not None and not isinstance(objective, Objective):
        raise TaskError(
            f"objective must be one of lrlab.objectives, such as Regression(), but got {objective!r}; "
            "for a function of your own give loss=(outputs, labels) -> scalar tensor"
        )
    if objective is not None and any(part is not None for part in own):
        raise TaskError(
            "an objective has its own loss and metrics; leave out loss, metric and score, or leave out the objective"
        )
    return objective


def _reader(objective: Objective | None, loss: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """The loss that says that labels stay as they are; None where they are read as classes."""
    return loss if objective is None or objective.reads_classes else objective.loss


def _read_split(name: str, split: Split, objective: Objective | None) -> Split:
    """A split with labels as its objective takes them; itself where they are so already."""
    if objective is None:
        return split
    labels = objective.read_labels(name, split.labels)
    return split if labels is split.labels else Split(split.inputs, labels)
