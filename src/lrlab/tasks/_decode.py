"""Encoded images to one array, each as a viewer shows it. Loads Pillow when called."""

import io
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from ..errors import TaskError
from ._shrink import shrink

# Modes of Pillow that are read, and what is made of them.
MODES = {"L": "L", "1": "L", "RGB": "RGB", "P": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}
ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
# What is decoded by Pillow itself: it hands EPS to another program.
FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "TGA", "TIFF", "WEBP")
ANIMATED = ("AVIF", "GIF", "PNG", "TIFF", "WEBP")  # an MPO is a photograph with previews of itself


class Images(NamedTuple):
    """pixels (N, C, H, W) uint8, C = 1 for grey and 3 for colours; labels (N,) int64; the classes' names, if known.

    by_value: the names are the labels that occur here, sorted; another part may have others.
    shrunk_to: the side that images of several sizes were shrunk to; None where they have one size.
    """

    pixels: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    by_value: bool = False
    shrunk_to: int | None = None


def import_extra(module: str) -> Any:
    """A module of the extra `data`. Raises TaskError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        package = {"PIL.Image": "pillow", "PIL.ImageOps": "pillow", "huggingface_hub": "huggingface-hub"}
        raise TaskError(
            f'data sets of images need the package {package.get(module, module)}: pip install "lrlab[data]"'
        ) from error


def stack_images(encoded: Iterable[tuple[str, bytes | None]], count: int, size: int | None) -> tuple[np.ndarray, bool]:
    """So many images, each with its place for messages, as pixels (N, C, H, W); and whether they had several sizes.

    size: the side that images of several sizes are shrunk to. Raises TaskError where an image cannot be decoded, or has
    another shape than the first and no size is given.
    """
    pixels, mixed, first = np.empty(0, dtype=np.uint8), False, (0, 0, 0)
    for row, (place, data) in enumerate(encoded):
        image = decode_image(data, place)
        if row == 0:
            first, pixels = image.shape, _make_room(count, image.shape)
        if mixed or image.shape != first:
            side = _shrunk_side(image.shape, first, size, place)
            if not mixed:
                before, pixels, mixed = pixels[:row], _make_room(count, (first[0], side, side)), True
                pixels[:row] = shrink(before, side)
            image = shrink(image[None], side)[0]
        pixels[row] = image
    return pixels, mixed


def _shrunk_side(shape: tuple[int, ...], first: tuple[int, ...], size: int | None, place: str) -> int:
    """The side that images of these two shapes are shrunk to. Raises TaskError where `size` is none for both."""
    smallest = min(*shape[1:], *first[1:])
    if shape[0] == first[0] and size is not None and size <= smallest:
        return size
    way = (
        "convert them"
        if shape[0] != first[0]
        else f"give size={smallest}, or less, to shrink each to a square"
        if size is None
        else f"and `size` at most the side of the smallest, but got {size}; give size={smallest}"
    )
    raise TaskError(
        f"{place}: all images must have one size and the same channels, but this one is {shape_words(shape)} and the "
        f"first is {shape_words(first)}; {way}"
    )


def _make_room(count: int, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.empty((count, *shape), dtype=np.uint8)
    except (MemoryError, ValueError) as error:
        raise TaskError(
            f"{count} images of {shape_words(shape)} take {count * int(np.prod(shape)) / 1e9:.0f} GB of memory, more "
            "than there is; shrink the files first"
        ) from error


def decode_image(data: bytes | None, place: str) -> np.ndarray:
    """An image as (C, H, W) uint8, turned as its EXIF data says. Raises TaskError where it is none, or has no place."""
    pillow = import_extra("PIL.Image")
    if data is None:
        raise TaskError(f"{place} has no image; remove such rows")
    file = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(file) as image:
                wrong, array = _read_opened(image, data)
    except Exception as error:  # Pillow's decoders raise nearly everything
        raise _undecoded(place, error, file) from error
    if wrong:
        raise TaskError(f"{place}: {wrong}")
    return array


def read_picture(picture: Any, place: str) -> np.ndarray:
    """An image of Pillow's as `decode_image` reads its file: (C, H, W) uint8. Raises TaskError where it is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrong, array = _read_opened(picture)
    except Exception as error:  # one that was opened, and is decoded here
        raise _undecoded(place, error) from error
    if wrong:
        raise TaskError(f"{place}: {wrong}")
    return array


def read_mask(picture: Any, place: str) -> np.ndarray:
    """Its values (H, W) as they are, a class each pixel, turned as its EXIF data says."""
    try:
        return np.array(_turn_upright(picture))
    except Exception as error:
        raise _undecoded(place, error) from error


def _undecoded(place: str, error: Exception, file: object = "") -> TaskError:
    reason = str(error).replace(f" {file!r}", "")
    return TaskError(
        f"{place} is no image that can be decoded: {type(error).__name__}: {reason}; mend it, or remove it"
    )


def _read_opened(image: Any, data: bytes = b"") -> tuple[str, np.ndarray]:
    """Why it is not read, or "" and its pixels (C, H, W). data: its file's, without which JPEG2000 may be too deep."""
    wrong = _why_unread(image, data)
    if wrong:
        return wrong, np.empty(0)
    turned = _turn_upright(image)
    mode = {"RGBA": "RGB", "LA": "L", "PA": "RGB"}.get(turned.mode) or MODES[turned.mode]
    array = np.asarray(turned if mode == turned.mode else turned.convert(mode))
    return "", array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def _why_unread(image: Any, data: bytes) -> str:
    """Why an image that was opened is not read, in words; "" where it is."""
    deep = _is_deep(image, data)  # before anything is decoded: then Pillow forgets
    if image.format not in (None, *FORMATS):  # None: made by a program
        return f"images in the format {image.format} are not read; convert it to PNG"
    frames = getattr(image, "n_frames", 1) if image.format in ANIMATED else 1
    if frames > 1:
        return f"this {image.format} has {frames} frames, and an example is one image; save the one that is meant"
    if _has_holes(image):
        return (
            f"it has transparent pixels (Pillow's mode {image.mode}), whose colour depends on the viewer; images must "
            "be grey or RGB: lay them on a colour, as Image.alpha_composite does, and save them without transparency"
        )
    if image.mode not in MODES and image.mode not in ALPHA:
        return (
            f"images must be grey or RGB with 8 bits a channel, but this one has Pillow's mode {image.mode}; "
            "convert it, scaled to 0 .. 255"
        )
    if deep:
        return (
            "images must be grey or RGB with 8 bits a channel, but this one has more, of which only the highest 8 "
            "would be read; convert it, scaled to 0 .. 255"
        )
    return ""


def _is_deep(image: Any, data: bytes) -> bool:
    """Whether the file has more than 8 bits a channel, also where Pillow's mode has 8 and the rest would be cut off."""
    if image.format == "JPEG2000":  # the marker SIZ: 36 bytes of sizes, the number of channels, then 3 bytes for each
        start = data.find(b"\xff\x4f\xff\x51") + 4
        channels = int.from_bytes(data[start + 36 : start + 38], "big")
        return any(depth & 127 > 7 for depth in data[start + 38 : start + 38 + 3 * channels : 3])
    if image.format == "TIFF":
        return max(image.tag_v2.get(258, (1,))) > 8  # bits per sample
    forms = [tile[3] for tile in getattr(image, "tile", ())]
    if image.format == "PPM":
        return any(isinstance(form, tuple) and form[1] > 255 for form in forms)
    return image.format == "PNG" and any(";16" in form for form in forms)


def _has_holes(image: Any) -> bool:
    """Whether a pixel is, or may be, transparent. A key colour counts wherever it is declared."""
    if not image.has_transparency_data:
        return False
    if image.mode not in ("RGBA", "LA", "PA", "P"):
        return True
    lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
    return lowest < 255


def _turn_upright(image: Any) -> Any:
    """The image, decoded, turned as EXIF says."""
    image.load()  # of a TIFF this turns the image, and takes the note off
    return import_extra("PIL.ImageOps").exif_transpose(image)


def shape_words(shape: tuple[int, ...]) -> str:
    """Of (C, H, W): height, width and channels.

    >>> shape_words((3, 8, 9))
    '8x9 with 3 channels'
    """
    return f"{shape[1]}x{shape[2]} with {shape[0]} channel{'s' if shape[0] > 1 else ''}"
