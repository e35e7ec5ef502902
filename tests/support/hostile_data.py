"""Folders of data as downloads, copies and strangers leave them."""

import io
import random
import struct
import zlib
from functools import lru_cache
from typing import Any

import numpy as np

from support.hostile import Case
from support.hostile_lay import Files

WORDS = ("constant", "--epochs", "1", "--seeds", "2", "--tuning-seeds", "1", "--peaks", "0.1", "--store", "s.db")
BIG = 2**31 - 1


def png(wide: int, high: int, mode: str = "L") -> bytes:
    """A picture of noise."""
    from PIL import Image

    channels = {"L": 1, "RGB": 3, "RGBA": 4, "I;16": 2, "1": 1, "LA": 2, "P": 1, "F": 4, "CMYK": 4}[mode]
    file = io.BytesIO()
    data = np.random.default_rng(0).integers(0, 255, (high, wide, channels), dtype=np.uint8).tobytes()
    size = (wide + 7) // 8 * high if mode == "1" else len(data)
    Image.frombytes(mode, (wide, high), data[:size]).save(file, "TIFF" if mode in ("F", "CMYK") else "PNG")
    return file.getvalue()


def declared_png(wide: int, high: int) -> bytes:
    """A picture that says it is so large, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@lru_cache(maxsize=1)
def images() -> list[bytes]:
    """Encoded images, most of them odd."""
    good = png(8, 8)
    odd = [png(1, 1), png(8, 9), png(3000, 1), png(8, 8, "RGBA"), png(8, 8, "LA"), png(8, 8, "1"), png(8, 8, "P")]
    odd += [png(8, 8, "F"), png(8, 8, "CMYK"), png(8, 8, "I;16")]
    odd += [declared_png(BIG, BIG), declared_png(60_000, 60_000), declared_png(0, 8), declared_png(9_000, 9_000)]
    odd += [b"", b"\0", b"not an image", good[:50], good[:-12], good + b"tail", b"<svg><script/></svg>"]
    odd += [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", b"BM" + bytes(60), b"GIF89a" + bytes(20)]
    odd += [
        b"\x80\x04cos\nsystem\n(S'touch ran'\ntR.",
        bytes(10_000),
        b"II*\0" + b"\xff" * 200,
        b"P6 99999999 99999999 255\n",
    ]
    return [good, *odd]


def parquet(rng: random.Random, rows: int = 40) -> bytes:
    """A file of images and labels in which one thing may be odd."""
    import polars

    good = images()[0]
    cells: list[Any] = [good] * rows
    labels: list[Any] = [number % 3 for number in range(rows)]
    odd = rng.choice(["none", "image", "images", "labels", "labels", "column", "type", "null", "empty"])
    if odd == "image":
        cells[rng.randrange(rows)] = rng.choice(images())
    elif odd == "images":
        cells = [rng.choice(images())] * rows
    elif odd == "labels":
        at = rng.randrange(rows)
        values = [-1, BIG * 4, 10**12, None, float("nan"), 0.5, True, "a", "", "<x-evil>", "\x1b[31m", "x" * 10_000]
        value = rng.choice(values)
        labels = [value] * rows if isinstance(value, str | float | bool) else labels
        labels[at] = "other" if isinstance(value, str) else value
    elif odd == "type":
        cells = rng.choice([[1] * rows, ["text"] * rows, [[1, 2]] * rows, [{"path": "../../canary"}] * rows])
    elif odd == "null":
        cells = [None] * rows
    elif odd == "empty":
        cells, labels = [], []
    names = rng.choice(
        [("image", "label")] * 4 + [("img", "fine_label"), ("image", "image2"), ("x", "y"), ("\x1b[31m", "label")]
    )
    names = names if odd == "column" else ("image", "label")
    frame = polars.DataFrame({names[0]: cells, names[1]: labels}, strict=False)
    file = io.BytesIO()
    frame.write_parquet(file, compression=rng.choice(["zstd", "snappy", "uncompressed"]))
    return file.getvalue()


def _broken(rng: random.Random, data: bytes) -> bytes:
    """A file cut off, with bytes changed, or that is something else."""
    way = rng.choice(["whole", "whole", "cut", "bits", "bits", "other", "tail"])
    if way == "cut":
        return data[: rng.randrange(len(data))]
    if way == "bits":
        changed = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if way == "tail":
        return data[:-8] + struct.pack("<I", rng.choice([0, BIG, 2**32 - 1, 12])) + b"PAR1"
    return (
        data if way == "whole" else rng.choice([b"", b"PAR1", b"PAR1PAR1", b"image,label\n1,2\n", bytes(5000), b"{}"])
    )


def parquet_folder(rng: random.Random) -> Case:
    """A data set in parquet files."""
    train, test = _broken(rng, parquet(rng)), _broken(rng, parquet(rng, 12))
    names = rng.choice([("train.parquet", "test.parquet")] * 5 + [("train-00000-of-00002.parquet", "test.parquet")])
    files: dict[str, Any] = {f"data/birds/{names[0]}": train, f"data/birds/{names[1]}": test}
    odd = rng.choice([None] * 5 + ["fifo", "zero", "folder", "link:train.parquet", "link:../../../../canary", "socket"])
    if odd:
        files[f"data/birds/{rng.choice(['test.parquet', 'train.parquet'])}"] = odd
        files = dict(files)
    return _compare("parquet", files, rng)


def image_folder(rng: random.Random) -> Case:
    """A folder of images for each class."""
    good, files = images()[0], dict[str, Any]()
    classes = rng.sample(
        ["cat", "dog", "<x-evil>", "\x1b[31m", "a b", "{{7*7}}", "\u202eabc", "é", "x" * 200, "-rf", "%s"], 3
    )
    for each in classes:
        for number in range(8):
            files[f"data/birds/train/{each}/{number}.png"] = good
    for _ in range(rng.randint(0, 4)):
        place = f"data/birds/train/{rng.choice(classes)}/{rng.choice(['0.png', '3.png', 'x.png', 'y.jpg', 'z.txt'])}"
        kinds = [*images(), "fifo", "zero", "folder", "link:0.png", "link:.", "link:..", "link:nowhere", "socket"]
        files.pop(place, None)
        files[place] = rng.choice(kinds)
    if rng.random() < 0.2:
        files[f"data/birds/train/{classes[0]}/deep/er/x.png"] = good
    if rng.random() < 0.2:
        files["data/birds/loop"] = "link:."
    return _compare("image folder", files, rng)


def odd_folder(rng: random.Random) -> Case:
    """A data folder that is none."""
    files = rng.choice(
        [
            {},
            {"data": "folder"},
            {"data": b"text"},
            {"data": "fifo"},
            {"data": "link:data"},
            {"data": "link:/dev"},
            {"data": "link:/proc/self"},
            {"data/birds": "folder"},
            {"data/birds": b"x"},
            {"data/birds": "link:.."},
            {"data/birds": "fifo"},
            {"data/birds/train": "folder"},
            {"data/birds/train.csv": b"image,label\n"},
            {"data/birds/train.npz": b"PK\x03\x04"},
            {"data/birds/train.pkl": b"cbuiltins\nopen\n(S'ran'\nS'w'\ntR."},
            {"data/birds/train.py": b"open('ran', 'w')"},
            {"data/birds/train/a/b/c/d/e/f": "folder"},
            {"data/birds/__init__.py": b"open('ran', 'w')", "data/birds/birds.py": b"open('ran', 'w')"},
        ]
    )
    return _compare("data folder", dict(files), rng)


def _compare(kind: str, files: Files, rng: random.Random) -> Case:
    name = rng.choice(["birds"] * 8 + ["../birds", "birds/..", "/etc", ".", "%", "BIRDS", "birds\0"])
    options = rng.choice(
        [""] * 4 + ["(size=4)", "(size=99999)", "(images=3)", "(test=1)", "(validation=none)", "(width=100)"]
    )
    words = ("compare", f"{name}/{rng.choice(['mlp', 'lenet'])}{options}".replace("\0", ""), *WORDS)
    return Case(kind, words, files)


KINDS = [parquet_folder, parquet_folder, image_folder, image_folder, odd_folder]
