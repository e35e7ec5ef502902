"""Task: data in splits, a model, a loss and a metric. Loads torch when a task is made, not before."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from ..errors import LabError, TaskError
from ..objectives import Objective, OwnObjective
from ..spec import Metric, Optimizer, read_suggestion
from ._augment import Augment, Normalize
from ._makers import TaskMakers
from ._reading import check_objective, read_split, reading_of
from ._split import Sample, Split
from ._splits import split_words
from ._trees import Inputs, first_leaf, leaves_of, map_inputs, take_examples

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from ._streams import Stream

ArrayPair = tuple[Any, Any]
COMPUTED = ("fingerprint", "arrays", "program", "notes")  # of data, reading notes and program: kept once computed


class Task(TaskMakers):
    """Data, model, loss and metric under one name. Anything numpy reads is taken for arrays, and tensors are.

    model: makes a new model with random weights each time it is called, with no arguments.
    train, validation, test: (inputs, labels) each; a `Split` is taken as it is, anything else is copied. Inputs of type
    uint8 and shape (N, C, H, W) are images and stay uint8. A dict or a tuple of arrays makes several inputs: the
    model is called `model(**inputs)` or `model(*inputs)`. See `from_arrays` where there is only one set. Labels that
    are text, booleans, columns (N, 1), one-hot rows or whole numbers with gaps become classes 0 .. C-1, over all splits
    together, unless a loss is given; `class_names` then has what they were, and `notes` says so.
    validation=None: no validation data, as in some published protocols; then no peak is chosen and no rule watches.
    objective: loss and metrics as one value, as `lrlab.objectives` has them: `Regression()`, `NextToken()`. Without it
    loss, metric and score are functions of your own, or the usual ones; they do not go together with an objective.
    loss: (outputs, labels) -> mean loss, a scalar tensor; cross-entropy where labels are whole numbers, else required.
    metric and score: the metric's name and direction, and (outputs, labels) -> float. Unless given: accuracy for
    classes, under a loss of your own where the model gives a logit for each, outputs (N, C); else the loss itself.
    version: change it when something matters that lrlab cannot see, such as code the model imports from elsewhere.
    augment: how training images (N, C, H, W) are changed at random. normalize: mean and std of uint8 images' channels.
    Without it uint8 images are divided by 255.
    class_names: the names of the classes by number, which keep their numbers then.
    tokens: whether whole numbers among the inputs stay such, as an embedding takes them. None: where there are several
    inputs, or the model takes no float32. pad: what rows of token ids of several lengths are padded with at the end.
    name: what records call it, `task:NAME`, where it is made in a script or a notebook; else the name of the model
    function. Letters, digits, - _ and ., up to 60.
    optimizer: the one it is usually trained with, `"adamw(weight_decay=0.1)"`, which trains where nobody names another.
    It is no part of what the task is: a trial's key has the optimizer that trained.

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
        pad: int = 0,
        optimizer: str | Mapping[str, Any] | Optimizer | None = None,
    ) -> None:
        from ._arrays import as_splits, check_inputs  # torch is loaded here, not before
        from ._functions import check_functions, loss_way
        from ._labels import read_class_names
        from ._ragged import pad_ragged

        check_functions(model, loss, score)
        self.model, self.loss, self.metric, self.score, self.version = model, loss, metric, score, version
        self.augment, self.normalize, self.name = augment, normalize, _check_name(name)
        parts = {"train": train, "validation": validation, "test": test}
        given = {name: arrays for name, arrays in parts.items() if arrays is not None or name != "validation"}
        self.given_objective = check_objective(objective, loss, metric, score)
        self.optimizer = _read_optimizer(optimizer)
        padded = pad_ragged(given, pad, reading_of(objective, loss).as_given)
        splits, labels, self.tokens = as_splits(
            padded, read_class_names(class_names), reading_of(objective, loss), model, tokens
        )
        splits = {name: read_split(name, split, objective) for name, split in splits.items()}
        self.train, self.validation, self.test = splits["train"], splits.get("validation"), splits["test"]
        self.streams: dict[str, Stream] = {}  # of data that do not lie in memory: its splits are samples then
        self.fresh = False  # whether each seed draws its own split of all examples: see `with_fresh_split`
        self.drawn = False  # whether its split is one that a seed drew, so that other seeds have other test examples
        self.source = ""  # see `_note_program`
        self.class_names, self.reading_notes = labels.names, (*padded.notes, *labels.notes)
        self.made_of: Callable[[], dict[str, str]] = dict  # see `_note_program`
        check_inputs(dict(self.splits()), augment, normalize)
        if objective is not None:
            for part, split in self.splits():
                if not isinstance(given[part], Sample):  # of a loader, whose whole splits are looked at elsewhere
                    objective.check_split(part, split.labels)
            classes = max(self.classes or 0, len(self.class_names)) if objective.reads_classes else 0
            self.given_objective = objective.for_labels(self.train.labels, classes)
            return
        if (metric is None) != (score is None):
            raise TaskError(
                "metric and score belong together: give both, metric=Metric(name=..., higher_is_better=...) and score"
            )
        if self.classes is None and loss is None:
            raise TaskError(f"labels that are not whole numbers need a loss: {loss_way(self.train.labels.shape)}")

    @property
    def examples(self) -> int:
        """How many examples are trained on."""
        return self.count_examples("train")

    def count_examples(self, name: str) -> int:
        """How many examples the split of this name has, in memory or not."""
        return self.streams[name].examples if name in self.streams else len(dict(self.splits())[name].labels)

    def stream_of(self, split: Split) -> Stream | None:
        """What gives the examples of one of its splits, of which that holds some; None where it holds all."""
        return next((self.streams[name] for name, own in self.splits() if own is split and name in self.streams), None)

    def batches(self, name: str, size: int) -> Iterator[Split]:
        """The batches of a split whose examples do not lie in memory, in the types that are kept, on the device."""
        from ._streams import as_stored  # torch is loaded here, not before

        for batch in self.streams[name].batches(name, size):
            kept = read_split(name, as_stored(batch, self.tokens), self.given_objective)
            yield kept.changed(lambda tensor: tensor.to(self.device))

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
    def judged_by_loss(self) -> bool:
        """Whether a loss of the user's own takes whole numbers, with no metric, and outputs are no logits of classes.

        The metric is the loss then: what such outputs say of a class is not known.
        """
        if self.given_objective is not None or self.loss is None or self.score is not None or self.classes is None:
            return False
        from ._logits import gives_logits  # torch is loaded here, not before

        few = take_examples(self.train.inputs, slice(2))
        inputs = map_inputs(lambda tensor: tensor.cpu(), self.prepare(few))
        return not gives_logits(self.model, inputs, self.classes)

    @cached_property
    def objective(self) -> Objective:
        """Loss, metrics and predictions: what was given, else of the user's own functions, or the usual ones."""
        if self.given_objective is not None:
            return self.given_objective
        return OwnObjective(
            of_classes=self.classes is not None and not self.judged_by_loss,
            own_loss=self.loss,
            own_metric=self.metric,
            own_score=self.score,
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is worth a word before training: how labels became classes, and which classes a split lacks, or nearly.

        Where loss and score are the user's own, or the loss is both, whole numbers may be amounts: nothing is said.
        """
        if self.streams:  # what lies in memory are samples, whose classes say nothing of the whole
            return self.reading_notes + self._stream_words()
        if self.given_objective is not None and not self.given_objective.reads_classes:
            known = {name: split.labels for name, split in self.splits()}
            return self.reading_notes + self.given_objective.notes(known, self.class_names)
        if self.classes is None or self.judged_by_loss or (self.loss is not None and self.score is not None):
            return self.reading_notes
        labels = {name: split.labels.cpu().numpy() for name, split in self.splits()}
        return self.reading_notes + split_words(labels, max(self.classes, len(self.class_names)), self.class_names)

    def _stream_words(self) -> tuple[str, ...]:
        """Which classes a split of a loader lacks, or nearly, where all its labels are known: not of training data."""
        own = self.loss is not None and self.score is not None
        if self.classes is None or own or not self.objective.reads_classes:
            return ()
        held = {name: stream.labels for name, stream in self.streams.items() if stream.labels is not None}
        labels = {name: known.cpu().numpy() for name, known in held.items()}
        return split_words(labels, max(self.classes, len(self.class_names)), self.class_names)

    @cached_property
    def program(self) -> dict[str, str]:
        """What a task of a user's file is made of besides its data, a hash for each part; nothing of other tasks.

        Parts are "the model" (its structure), "version", and each file of the user's that is imported, by name.
        """
        return self.made_of()

    def _note_program(self, made_of: Callable[[], dict[str, str]], source: str = "") -> None:
        """Let `program` be what this gives. source: the text of the user's file, as it was when it was loaded."""
        self.made_of, self.source = made_of, source

    def _forget_computed(self) -> None:
        """Compute hashes and notes again when they are asked for: data or program may have changed."""
        for computed in COMPUTED:
            self.__dict__.pop(computed, None)

    def _with_streams(self, streams: dict[str, Stream], class_names: tuple[str, ...], classes: int) -> Self:
        """The same task, its splits samples of these streams. classes: how many there are; 0: as labels say."""
        return self._copy_with(streams=streams, class_names=class_names, **({"classes": classes} if classes else {}))

    def _with_reading_notes(self, notes: tuple[str, ...]) -> Self:
        """The same task, of which other words say how its data were read: see `notes`."""
        return self._copy_with(reading_notes=notes)

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
        if self.judged_by_loss:
            digest.update(b"judged by its loss\n")
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
            if name in self.streams:
                stream = self.streams[name]
                digest.update(f"{name} of a loader, {stream.examples}\n".encode())
                if stream.labels is not None:
                    feed_array(digest, name, stream.labels)
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
        streams = {name: stream for name, stream in self.streams.items() if counts[name] is None}
        return self._copy_with(
            streams=streams,
            **{name: split.take(slice(counts[name])) for name, split in self.splits()},
            classes=self.classes,
        )

    def with_fresh_split(self) -> Self:
        """The same examples, split again by each seed into parts of the same sizes; classes in proportion.

        A look that belongs to no seed, such as measuring the pace, is at the split as it is here.
        """
        return self._copy_with(fresh=True)

    def of_seed(self, seed: int) -> Task:
        """The task as a trial of this seed sees it: itself, or a copy with the split that this seed draws."""
        if not self.fresh:
            return self
        from ._pool import draw_splits  # torch is loaded here, not before

        drawn = draw_splits(dict(self.splits()), self.classes is not None, self.loss is not None, seed)
        return self._copy_with(fresh=False, drawn=True, **drawn)

    def with_model(self, factory: Callable[[], nn.Module]) -> Task:
        """The same data under another model."""
        copied = self._copy_with(model=factory)
        for computed in ("objective", "judged_by_loss"):  # by the outputs of the model
            copied.__dict__.pop(computed, None)
        return copied

    def to(self, device: torch.device | str) -> Task:
        """The same task with its tensors on a device; itself where they are there already."""
        moved = {name: split.changed(lambda tensor: tensor.to(device)) for name, split in self.splits()}
        there = all(first_leaf(moved[name].inputs) is first_leaf(split.inputs) for name, split in self.splits())
        return self if there else self._copy_with(**moved)

    def _copy_with(self, **changes: Any) -> Self:
        """A copy with other attributes. The arrays that stay are shared."""
        copied = copy.copy(self)
        kept = {"program": copied.program} if "program" in copied.__dict__ else {}
        copied._forget_computed()
        copied.__dict__.update(kept | changes)
        return copied


def _read_optimizer(asked: object) -> Optimizer | None:
    try:
        return None if asked is None else read_suggestion(asked)
    except LabError as error:
        raise TaskError(f"`optimizer` of a task: {error}") from None


def _check_name(name: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{0,60}", name):
        raise TaskError(
            f"`name` of a task must be letters, digits, - _ and ., up to 60 of them, but got {name!r}; "
            'write name="my-net", or leave it out'
        )
    return name
