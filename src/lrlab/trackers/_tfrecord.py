"""Records of a TensorFlow record file, each with two checksums.

Layout of a record: length (8 bytes), masked CRC-32C of the length (4), data, masked CRC-32C of the data (4); whole
numbers are little-endian. Source: tensorflow.org/tutorials/load_data/tfrecord.
"""

import struct
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from ..errors import RunsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78  # Castagnoli's, reversed
LONGEST = 1 << 16  # bytes of a record that may hold a number; longer ones are pictures and graphs, not looked at


def read_records(found: bytes, name: str) -> tuple[list[bytes], bool]:
    """The records that may hold numbers, and whether the file ends within one, as one does that is being written.

    Raises RunsError: a checksum that does not hold, with the position.
    """
    view, at, records, heads, sums, places = memoryview(found), 0, [], [], [], []
    while at + 12 <= len(found):
        length, head_sum = struct.unpack_from("<QI", found, at)
        end = at + 12 + length + 4
        if end > len(found):
            break
        if length <= LONGEST:
            records.append(bytes(view[at + 12 : end - 4]))
            heads.append((found[at : at + 8], head_sum))
            sums.append(struct.unpack_from("<I", found, end - 4)[0])
            places.append(at)
        at = end
    wrong = _find_wrong([head for head, _ in heads], [value for _, value in heads])
    wrong = _find_wrong(records, sums) if wrong is None else wrong
    if wrong is not None:
        raise RunsError(
            f"{name}: broken at byte {places[wrong]}: a checksum does not hold; copy the file again, "
            "or take it out of the folder"
        )
    return records, at < len(found)


def _find_wrong(parts: Sequence[bytes], sums: Sequence[int]) -> int | None:
    """The first part whose checksum is another one; None: all hold."""
    import numpy as np

    if not parts:
        return None
    crc = checksums(parts).astype(np.uint64)
    masked = (((crc >> np.uint64(15)) | (crc << np.uint64(17))) + np.uint64(0xA282EAD8)) & np.uint64(0xFFFFFFFF)
    wrong = np.flatnonzero(masked != np.array(sums, dtype=np.uint64))
    return int(wrong[0]) if len(wrong) else None


def checksums(parts: Sequence[bytes]) -> "NDArray[np.uint32]":
    """CRC-32C of each part; all at once, byte by byte, the longest first."""
    import numpy as np

    table = _make_table()
    lengths = np.array([len(part) for part in parts])
    order = np.argsort(-lengths, kind="stable")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])[order]
    data = np.frombuffer(b"".join(parts), dtype=np.uint8)
    crc = np.full(len(parts), 0xFFFFFFFF, dtype=np.uint32)
    longer = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), side="left")  # how many have a byte i
    for number, count in enumerate(longer):
        some = crc[:count]
        crc[:count] = table[(some ^ data[starts[:count] + number]) & 0xFF] ^ (some >> 8)
    result = np.empty_like(crc)
    result[order] = crc ^ np.uint32(0xFFFFFFFF)
    return result


@cache
def _make_table() -> "NDArray[np.uint32]":
    """The checksum's step for each byte."""
    import numpy as np

    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(POLYNOMIAL), table >> 1).astype(np.uint32)
    return table
