"""The wire format of protocol buffers: the fields of a message, one after another.

Source: protobuf.dev/programming-guides/encoding.
"""

import struct
from collections.abc import Iterator

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5  # wire types
Field = int | bytes


def read_fields(message: bytes) -> Iterator[tuple[int, Field]]:
    """Number and value of each field: a whole number, or the bytes of all else.

    Raises ValueError: no message.
    """
    at, end = 0, len(message)
    while at < end:
        key, at = _read_varint(message, at)
        kind, value = key & 7, b""
        if kind == VARINT:
            whole, at = _read_varint(message, at)
            yield key >> 3, whole
            continue
        if kind == BYTES:
            size, at = _read_varint(message, at)
        elif kind in (EIGHT, FOUR):
            size = 8 if kind == EIGHT else 4
        else:
            raise ValueError(f"wire type {kind}")
        value = message[at : at + size]
        at += size
        if at > end:
            raise ValueError("a field that ends beyond its message")
        yield key >> 3, value


def as_bytes(value: Field) -> bytes:
    """The bytes of a field.

    Raises ValueError: it is a whole number.
    """
    if isinstance(value, int):
        raise ValueError("a number where bytes are due")
    return value


def as_text(value: Field) -> str:
    """The text of a field."""
    return as_bytes(value).decode("utf-8", errors="replace")


def as_number(value: Field) -> float:
    """The number of a field: whole, float or double."""
    if isinstance(value, int):
        return float(as_signed(value))
    if len(value) not in (4, 8):
        raise ValueError(f"a number of {len(value)} bytes")
    return float(struct.unpack("<f" if len(value) == 4 else "<d", value)[0])


def as_signed(value: int) -> int:
    """A whole number of 64 bits, below zero where its highest bit is set."""
    return value - (1 << 64) if value >> 63 else value


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("a number without an end")
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
