"""Many records read at once, of the texts that `Record.to_json` writes.

What thousands of records share is checked once, their epochs are numbers in columns from the start, and of trials that
differ in their seed alone one is checked. It is the fast twin of `Record.from_json`, part for part with its checks: a
text that is laid out in another way is read by that, and by that alone is it said to be no record.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic_core import from_json

from ._chance import Chance
from ._epochs import EPOCH_FIELDS, Epochs
from ._metric import Metric
from ._noun import Noun, make_noun
from ._record import Evaluation, Provenance, Record
from ._trial import SeededTrials, Trial

AT_ONCE = 500  # records whose epochs are read together
MOST_SHARED = 5_000  # parts of one kind that are remembered
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"  # as JSON has it
_SECONDS = re.compile(_NUMBER)
_SCORES = re.compile(rf'\]\],"loss":({_NUMBER}),"score":({_NUMBER})\}}')
_COUNTS = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:,(?:0|[1-9][0-9]{0,17}))*")
_SEED = re.compile(r'"seed":(0|[1-9][0-9]{0,9}),')
_IN_ORDER = sorted(EPOCH_FIELDS)
_PLACES = [EPOCH_FIELDS.index(name) for name in _IN_ORDER]
_OF_NUMBERS = b"0123456789.eE+-nul"  # what stands in numbers, and in null
_KEYS = [f'{"," if place else "{"}"{name}":'.encode() for place, name in enumerate(_IN_ORDER)]
_UNWATCHED = b"null".join([*_KEYS[:4], b""])  # how an epoch begins where the test data is not watched
_EMPTY_EPOCH = b"".join(_KEYS).translate(None, _OF_NUMBERS) + b"}"
_RECORD_FIELDS = set(Record.model_fields)
_EVALUATION_FIELDS = {"loss", "score", "confusion"}
Part = TypeVar("Part")


class _Head(Noun):
    """What stands before the epochs."""

    chance: Chance | None = None
    class_names: tuple[str, ...] = ()
    diverged_at: int | None


class _Tail(Noun):
    """What stands before the last evaluation."""

    updates: int = Field(ge=1)
    updates_per_epoch: int = Field(ge=1)


class _Outcome(Noun):
    outcome: Literal["finished", "diverged"]


class _Cut(NamedTuple):
    """The text of a record in parts, as `Record.to_json` orders them; each but `epochs` is JSON."""

    head: str
    epochs: str
    evaluate_seconds: str
    metric: str
    outcome: str
    provenance: str
    test: str
    train_seconds: str
    trial: str
    tail: str
    validation: str


class _OtherLayout(ValueError):
    """A part is not laid out as usual, or not what it should be."""


class RecordReader:
    """Reads records. Parts that are equal become one value, as long as the reader is there."""

    def __init__(self) -> None:
        self._known: dict[type[Noun], dict[str, Any]] = {}
        self._rows: dict[str, tuple[int, ...]] = {}
        self._trials: dict[tuple[str, str], SeededTrials] = {}

    def read(self, texts: Sequence[str]) -> Iterator[Record | None]:
        """The record of each text, as `Record.from_json` reads it; None where that raises a ValueError."""
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            cuts = [_cut_text(text) for text in some]
            every_epochs = _read_epochs([cut.epochs if cut else "" for cut in cuts])
            for text, cut, epochs in zip(some, cuts, every_epochs, strict=True):
                yield self._read_record(text, cut, epochs)

    def _read_record(self, text: str, cut: _Cut | None, epochs: Epochs | None) -> Record | None:
        try:
            if cut is not None and epochs is not None:
                return self._join_parts(cut, epochs)
        except ValueError:  # pydantic's, too
            pass
        try:
            return Record.from_json(text)
        except ValueError:
            return None

    def _join_parts(self, cut: _Cut, epochs: Epochs) -> Record:
        head, tail = self._shared(_Head, cut.head), self._shared(_Tail, cut.tail)
        return make_noun(
            Record,
            {
                "trial": self._read_trial(cut.trial),
                "outcome": self._shared(_Outcome, cut.outcome).outcome,
                "diverged_at": head.diverged_at,
                "metric": self._shared(Metric, cut.metric),
                "updates": tail.updates,
                "updates_per_epoch": tail.updates_per_epoch,
                "epochs": epochs,
                "validation": None if cut.validation == "null" else self._read_evaluation(cut.validation),
                "test": self._read_evaluation(cut.test),
                "train_seconds": _read_seconds(cut.train_seconds),
                "evaluate_seconds": _read_seconds(cut.evaluate_seconds),
                "provenance": self._shared(Provenance, cut.provenance),
                "class_names": head.class_names,
                "chance": head.chance,
            },
            _RECORD_FIELDS,
        )

    def _shared(self, noun: type[Part], text: str) -> Part:
        """A part as its noun reads it, once for all texts that are equal. Raises a ValueError."""
        known = self._known.setdefault(noun, {})  # type: ignore
        found = known.get(text)
        if found is None:
            found = _remember(known, text, noun.from_json(text))  # type: ignore
        return found

    def _read_trial(self, text: str) -> Trial:
        """A trial, of which all but the seed is checked once. Raises a ValueError."""
        seed = _SEED.search(text)
        if seed is None or text.count('"seed"') > 1:  # a schedule's or a loop's own field is called so, too
            return self._shared(Trial, text)
        around = text[: seed.start(1)], text[seed.end(1) :]
        trials = self._trials.get(around)
        if trials is None:
            trials = _remember(self._trials, around, SeededTrials(Trial.from_json(text)))
        return trials.of(int(seed[1]))

    def _read_evaluation(self, text: str) -> Evaluation:
        """A split under the final weights; one without counts, or with further scores, as its noun reads it."""
        end = text.find("]]")
        scores = _SCORES.fullmatch(text, end) if text.startswith('{"confusion":[[') else None
        if scores is None:
            return Evaluation.from_json(text)
        fields = {
            "loss": _finite(scores[1]),
            "score": _finite(scores[2]),
            "confusion": tuple([self._rows.get(row) or self._read_counts(row) for row in text[15:end].split("],[")]),
            "scores": {},
        }
        return make_noun(Evaluation, fields, _EVALUATION_FIELDS)

    def _read_counts(self, text: str) -> tuple[int, ...]:
        if not _COUNTS.fullmatch(text):
            raise _OtherLayout(text)
        return _remember(self._rows, text, tuple(map(int, text.split(","))))


def _remember(known: dict[Any, Part], name: Any, value: Part) -> Part:
    if len(known) >= MOST_SHARED:
        known.clear()
    known[name] = value
    return value


def _cut_text(text: str) -> _Cut | None:
    """The parts of a text; None where one does not begin where it should.

    What stands between parts cannot stand inside a string of JSON, where a quotation mark has a backslash.
    """
    places = [0]
    marks = ('"epochs":[', '],"evaluate_seconds":', ',"metric":', ',"outcome":', ',"provenance":', ',"test":')
    for mark in (*marks, ',"train_seconds":', ',"trial":'):
        place = text.find(mark, places[-1])
        if place < 0:
            return None
        places += [place, place + len(mark)]
    updates, validation = text.rfind(',"updates":'), text.rfind(',"validation":')
    if not places[-1] < updates < validation or not text.endswith("}"):
        return None
    parts = [text[start:end] for start, end in zip(places[::2], [*places[1::2], updates], strict=True)]
    parts[0] = f"{parts[0][:-1]}}}"
    parts[4] = f'{{"outcome":{parts[4]}}}'
    return _Cut._make([*parts, f"{{{text[updates + 1 : validation]}}}", text[validation + 14 : -1]])


def _read_epochs(texts: Sequence[str]) -> list[Epochs | None]:
    """The epochs of each text, what stands between the brackets of their list; None where it is laid out otherwise."""
    whole = _read_columns(texts)
    if whole is None and len(texts) > 1:
        return [epochs for text in texts for epochs in _read_epochs([text])]
    return [None] * len(texts) if whole is None else list(map(Epochs.of_columns, whole))


def _read_columns(texts: Sequence[str]) -> list[NDArray[np.float64]] | None:
    """The numbers of several lists of epochs, (E, F) of each; None where one has other fields, or another order.

    Without its numbers such a text is always the same, but for a letter in a name; and only where each name is right as
    well, nothing but lists of numbers is left without them.
    """
    joined = "],[".join(texts).encode()
    lengths = [text.count("{") for text in texts]
    layout = b"],[".join([b",".join([_EMPTY_EPOCH] * length) for length in lengths])
    if not joined.isascii() or joined.translate(None, _OF_NUMBERS) != layout:
        return None
    watched = joined.count(_UNWATCHED) < sum(lengths)
    if not watched:  # most of a text, at once
        joined = joined.replace(_UNWATCHED + _KEYS[4], b"[")
    for place, key in enumerate(_KEYS if watched else _KEYS[5:]):
        joined = joined.replace(key, b"[" if watched and place == 0 else b",")
    try:
        numbers = from_json(b"[[" + joined.replace(b"}", b"]") + b"]]", allow_inf_nan=False)
        value_EF = np.full((sum(lengths), len(_KEYS)), np.nan)
        value_EF[:, _PLACES if watched else _PLACES[4:]] = [row for rows in numbers for row in rows]
    except (ValueError, OverflowError):
        return None
    if np.isinf(value_EF).any():
        return None
    ends = np.cumsum(lengths)
    return [part_EF.copy() for part_EF in np.split(value_EF, ends[:-1])]


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise _OtherLayout(text)
    return value


def _read_seconds(text: str) -> float:
    if not _SECONDS.fullmatch(text):
        raise _OtherLayout(text)
    return _finite(text)
