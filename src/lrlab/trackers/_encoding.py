"""Bytes of a file as text, whatever wrote them."""

import codecs
import gzip
import io
import zlib
from pathlib import Path

from ..errors import RunsError
from ._pipe import read_pipe

MOST_BYTES = 2 << 30  # unpacked
OTHER_FILES = {
    b"PK\x03\x04": "a zip or Excel file; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV",
    b"\x80\x04": "a pickle, which is not opened as it may run anything; write it with frame.to_csv",
    b"\x80\x05": "a pickle, which is not opened as it may run anything; write it with frame.to_csv",
    b"ARROW1": "an Arrow file; write it as Parquet or CSV",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ": "packed with xz; unpack it first",
    b"%PDF": "a PDF; write the numbers as CSV",
    b"\x89HDF": "an HDF5 file; write the numbers as CSV",
}


def read_bytes(path: Path) -> bytes:
    """What is in the file, unpacked where it is gzip.

    Raises RunsError: it cannot be read, it is broken, or of a kind that holds no rows.
    """
    try:
        found = read_pipe(path) if path.is_fifo() else path.read_bytes()
        if found[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(found)) as packed:  # a pipe is read once
                found = packed.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise RunsError(f"{path}: {error}; check that it is there, is whole, and may be read") from error
    for start, kind in OTHER_FILES.items():
        if found.startswith(start):
            raise RunsError(f"{path} is {kind}")
    return found


def decode_text(found: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text, and what was decided: UTF-8, UTF-16 by its mark, else Western European (Windows-1252).

    Raises RunsError: no text.
    """
    try:
        wide = found.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if wide and "\0" not in (text := found.decode("utf-16")):
            return text, ()
        if wide or b"\0" in found:
            raise RunsError(f"{name} holds bytes that are no text; write CSV, JSON lines or Parquet, text as UTF-8")
        return found.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        if found.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise RunsError(f"{name} begins as UTF-16 but is not; write it as UTF-8") from None
    return found.decode("cp1252", errors="replace"), (f"{name} is not UTF-8; it is read as Windows-1252",)
