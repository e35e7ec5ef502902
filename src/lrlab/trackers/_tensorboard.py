"""Runs as TensorBoard keeps them: a folder of event files each, scalars by tag and step, and settings where given.

Source: the messages Event, Summary, TensorProto and HParamsPluginData of tensorflow/tensorboard (field numbers below).
"""

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from ..errors import RunsError, escape_halves
from ._encoding import read_bytes
from ._protobuf import Field, as_bytes, as_number, as_signed, as_text, read_fields
from ._split_column import name_part
from ._split_paths import split_off_parts
from ._tfrecord import read_records
from ._tracked import TrackedRun
from ._words import PLAIN_SPLIT, SPLITS, split_of

EVENT_STEP, EVENT_SUMMARY, SUMMARY_VALUE = 2, 5, 1
VALUE_TAG, VALUE_SIMPLE, VALUE_TENSOR, VALUE_METADATA = 1, 2, 8, 9
TENSOR_KIND, TENSOR_SHAPE, TENSOR_CONTENT, TENSOR_FLOAT, TENSOR_DOUBLE = 1, 2, 4, 5, 6
FORMATS = {1: "<f", 2: "<d"}  # of a tensor's kinds, float and double
HPARAMS, SESSION_START = "_hparams_/session_start_info", 3
NAME = re.compile(r"tfevents")
SESSION = re.compile(r"\d{9,}\.\d+")  # a folder that torch's add_hparams makes inside the run's


def is_event_file(path: PurePath) -> bool:
    """Whether a file is one of TensorBoard's, by its name."""
    return bool(NAME.search(path.name))


def read_tensorboard(files: Sequence[tuple[Path, tuple[str, ...]]], by_folder: bool = False) -> list[TrackedRun]:
    """A run for each folder of event files, with the folders of training and validation inside it.

    files: each with the parts of its path that may tell runs apart. by_folder: whether folders are arms, whatever their
    names say.

    Raises RunsError: a broken file.
    """
    found = [_read_file(path, parts[:-1]) for path, parts in files]
    joined = split_off_parts([folder for folder, _, _ in found])
    runs: dict[tuple[str, ...], TrackedRun] = {}
    for (path, parts), (whole, run, inner), (bare, word) in zip(files, found, joined, strict=True):
        folder, part = (whole, inner) if by_folder or inner else (bare, word)
        name = "/".join(folder) or escape_halves(path.parent.name)
        place = str(PurePath(*folder, parts[-1]))
        whole_run = runs.setdefault(folder, TrackedRun(name, place, parts=(*folder, "events")))
        for metric, step, value in zip(run.metric, run.step, run.value, strict=True):
            whole_run.add(name_part(part, metric), step, value)
        whole_run.settings |= run.settings
        whole_run.ended &= run.ended
    return list(runs.values())


def _read_file(path: Path, folder: tuple[str, ...]) -> tuple[tuple[str, ...], TrackedRun, str]:
    """The run's folder, what a file of it holds, and of which data that is, where a folder inside the run's says it."""
    run = TrackedRun(path.name, str(path))
    run.ended = not _read_events(path, run)
    whole, part = _find_run_folder(folder, set(run.metric))
    return whole, run, part


def _find_run_folder(folder: tuple[str, ...], tags: set[str]) -> tuple[tuple[str, ...], str]:
    """The run's folder, and the data that a folder inside it names, which Keras or a writer's add_scalars made."""
    last = folder[-1] if folder else ""
    if SESSION.fullmatch(last):
        return folder[:-1], ""
    tag = next(iter(tags)) if len(tags) == 1 else ""
    head, inner = f"{tag.replace('/', '_')}_", (*tag.split("/"), last)
    if tag and len(folder) > 1 and last.startswith(head) and _is_part(last.removeprefix(head)):  # as torch names it
        return folder[:-1], last.removeprefix(head)
    if tag and len(folder) > len(inner) and folder[-len(inner) :] == inner and _is_part(last):  # as tensorboardX does
        return folder[: -len(inner)], last
    if len(folder) > 1 and last.lower() in SPLITS:
        return folder[:-1], last
    return folder, ""


def _is_part(name: str) -> bool:
    """Whether a name is that of a part of the data."""
    return split_of(name) != PLAIN_SPLIT


def _read_events(path: Path, run: TrackedRun) -> bool:
    """Take down the scalars and settings of a file; whether it ends within a record."""
    records, torn = read_records(read_bytes(path), str(path))
    try:
        for record in records:
            for tag, step, value in _read_event(record, run):
                run.add(tag, step, value)
    except (ValueError, struct.error) as error:
        raise RunsError(f"{path}: no event file of TensorBoard ({error}); take it out of the folder") from error
    return torn


def _read_event(record: bytes, run: TrackedRun) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of each scalar of an event; settings go to the run."""
    step = 0
    for number, value in read_fields(record):
        if number == EVENT_STEP and isinstance(value, int):
            step = as_signed(value)
        elif number == EVENT_SUMMARY:
            for part, message in read_fields(as_bytes(value)):
                if part == SUMMARY_VALUE:
                    yield from _read_value(as_bytes(message), step, run)


def _read_value(message: bytes, step: int, run: TrackedRun) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value, where a summary's value is a scalar."""
    fields = dict(read_fields(message))
    tag = as_text(fields.get(VALUE_TAG, b""))
    if tag == HPARAMS and VALUE_METADATA in fields:
        run.settings |= _read_settings(as_bytes(fields[VALUE_METADATA]))
    elif VALUE_SIMPLE in fields:
        yield tag, step, as_number(fields[VALUE_SIMPLE])
    elif VALUE_TENSOR in fields:
        scalar = _read_scalar(as_bytes(fields[VALUE_TENSOR]))
        if scalar is not None:
            yield tag, step, scalar


def _read_scalar(message: bytes) -> float | None:
    """The number of a tensor without dimensions; None for any other tensor."""
    fields = dict(read_fields(message))
    kind = fields.get(TENSOR_KIND)
    if kind not in FORMATS or (fields.get(TENSOR_SHAPE)):
        return None
    for field in (TENSOR_CONTENT, TENSOR_FLOAT if kind == 1 else TENSOR_DOUBLE):
        if fields.get(field):
            found = as_bytes(fields[field])
            return (
                struct.unpack(FORMATS[int(kind)], found)[0]
                if len(found) == struct.calcsize(FORMATS[int(kind)])
                else None
            )
    return 0.0  # left out, as the default is


def _read_settings(metadata: bytes) -> dict[str, str]:
    """The settings in a summary's metadata: plugin data (1), content (2), session start (3), hparams (1)."""
    plugin = dict(read_fields(as_bytes(dict(read_fields(metadata)).get(1, b""))))
    content = dict(read_fields(as_bytes(plugin.get(2, b""))))
    settings = {}
    for number, entry in read_fields(as_bytes(content.get(SESSION_START, b""))):
        if number == 1:
            pair = dict(read_fields(as_bytes(entry)))
            text = _read_setting(as_bytes(pair.get(2, b"")))
            if text is not None:
                settings[f"hparams.{as_text(pair.get(1, b''))}"] = text
    return settings


def _read_setting(message: bytes) -> str | None:
    """A value of google.protobuf.Value as text: number (2), text (3) or truth (4)."""
    for number, value in read_fields(message):
        if number == 2:
            return _write_number(value)
        if number == 3:
            return as_text(value)
        if number == 4:
            return str(bool(value)).lower()
    return None


def _write_number(value: Field) -> str:
    """A number as text, whole ones without a point."""
    number = as_number(value)
    return str(int(number)) if number.is_integer() else repr(number)
