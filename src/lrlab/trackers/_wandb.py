"""A run as W&B keeps it offline, `run-ID.wandb`: a log of records, in blocks, each with a checksum.

File: ":W&B", two bytes, a version of 0; then blocks of 32 KiB, in which records lie as in LevelDB's log: CRC-32 of kind
and data (4 bytes), length (2), kind (1: whole, 2: first part, 3: middle, 4: last). Source: the log format of LevelDB,
and the messages of wandb (field numbers below, of wandb 0.31).
"""

import json
import math
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from ..errors import RunsError
from ._json import flatten, write_cell
from ._protobuf import Field, as_bytes, as_text, read_fields
from ._tracked import TrackedRun

START, HEADER, BLOCK, HEAD = b":W&B", 7, 1 << 15, 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, SUMMARY, CONFIG, RUN, EXIT = 2, 3, 5, 17, 18  # of Record
ITEM, UPDATE, RUN_CONFIG, RUN_GROUP, RUN_NAME = 1, 1, 4, 6, 8
KEY, NESTED_KEY, JSON = 1, 2, 16
STEP = "_step"


def read_wandb(found: bytes, name: str) -> TrackedRun:
    """The run of a file.

    Raises RunsError: another format, or broken.
    """
    run = TrackedRun(name, name, ended=False)
    summary: dict[str, Any] = {}
    try:
        for record in _read_records(found):
            for kind, message in read_fields(record):
                _take_record(run, summary, kind, message)
    except (ValueError, struct.error) as error:
        raise RunsError(
            f"{name}: not read ({error}); upload it with `wandb sync`, export the runs as CSV from the table of runs, "
            "and read that"
        ) from error
    for metric, value in summary.items():  # of NaN, a summary keeps null
        if (value is None or _is_number(value)) and metric not in run.metric and not metric.startswith("_"):
            run.add(metric, None, math.nan if value is None else value)
    return run


def _take_record(run: TrackedRun, summary: dict[str, Any], kind: int, message: Field) -> None:
    """Take down what a record says of its run."""
    if kind == HISTORY:
        values = dict(_read_items(as_bytes(message), ITEM))
        for metric, value in flatten(values).items():
            if _is_number(value) and not metric.startswith("_"):
                run.add(metric, values.get(STEP), value)
    elif kind == SUMMARY:
        summary.update(flatten(dict(_read_items(as_bytes(message), UPDATE))))
    elif kind == CONFIG:
        run.settings |= _read_settings(as_bytes(message))
    elif kind == EXIT:
        run.ended = not dict(read_fields(as_bytes(message))).get(1)
    elif kind == RUN:
        fields = dict(read_fields(as_bytes(message)))
        run.settings |= _read_settings(as_bytes(fields.get(RUN_CONFIG, b"")))
        run.name = as_text(fields.get(RUN_NAME, b"")) or run.name
        if fields.get(RUN_GROUP):
            run.settings["group"] = as_text(fields[RUN_GROUP])


def _read_settings(message: bytes) -> dict[str, str]:
    """Settings as text, without W&B's own."""
    flat = flatten(dict(_read_items(message, UPDATE)))
    cells = {f"config.{key}": write_cell(value) for key, value in flat.items() if not key.startswith("_wandb")}
    return {key: cell for key, cell in cells.items() if cell is not None}


def _read_items(message: bytes, number: int) -> Iterator[tuple[str, Any]]:
    """Key and value of each item of a message; keys in several parts are joined by dots."""
    for field, item in read_fields(message):
        if field == number:
            key, nested, value = "", [], None
            for part, found in read_fields(as_bytes(item)):
                if part == KEY:
                    key = as_text(found)
                elif part == NESTED_KEY:
                    nested.append(as_text(found))
                elif part == JSON:
                    value = json.loads(as_bytes(found))
                else:
                    raise ValueError(f"a value of kind {part}")
            yield key or ".".join(nested), value


def _is_number(value: Any) -> bool:
    """Whether a value is one of a metric."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_records(found: bytes) -> Iterator[bytes]:
    """The records of the log; one that a crash cut off at the end is left out.

    Raises ValueError: a checksum or a kind that is none.
    """
    if found[:4] != START or found[6:HEADER] != b"\0":
        raise ValueError("it has another version")
    at, parts = HEADER, b""
    while at + HEAD <= len(found):
        left = BLOCK - at % BLOCK
        if left < HEAD:
            at += left
            continue
        checksum, length, kind = struct.unpack_from("<IHB", found, at)
        data = found[at + HEAD : at + HEAD + length]
        if (checksum, length, kind) == (0, 0, 0):  # room that was left empty
            at += left
            continue
        if len(data) < length:
            return
        if kind not in (WHOLE, FIRST, MIDDLE, LAST) or zlib.crc32(data, zlib.crc32(bytes([kind]))) != checksum:
            raise ValueError(f"broken at byte {at}")
        parts = data if kind in (WHOLE, FIRST) else parts + data
        if kind in (WHOLE, LAST):
            yield parts
        at += HEAD + length
