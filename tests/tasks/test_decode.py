"""Images as a viewer shows them, or not at all."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, features

from lrlab.errors import TaskError
from lrlab.tasks import _decode
from lrlab.tasks._decode import decode_image, read_mask, read_picture, stack_images

SIDE = 12
LEFT = np.indices((SIDE, SIDE))[1] < SIDE // 2
COLOURS = np.where(LEFT[..., None], (255, 0, 0), (0, 0, 200)).astype(np.uint8)
GREY = np.where(LEFT, 255, 40).astype(np.uint8)
ALPHA = np.where(LEFT, 0, 255).astype(np.uint8)


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def palette():
    image = Image.fromarray((~LEFT).astype(np.uint8), "L").convert("P")
    image.putpalette([255, 0, 0, 0, 0, 200] + [0] * 762)
    return image


def with_alpha(mode):
    return Image.fromarray(np.dstack([COLOURS, ALPHA])).convert(mode)


def grey_with_alpha(alpha=ALPHA):
    return Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(alpha)])


def png(width, height, depth, kind, rows, *chunks):
    """A PNG byte by byte: what Pillow does not write."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


TRANSPARENT = {
    "RGBA": saved(with_alpha("RGBA")),
    "RGBA in TIFF": saved(with_alpha("RGBA"), "TIFF"),
    "RGBA in WEBP": saved(with_alpha("RGBA"), "WEBP", lossless=True),
    "LA": saved(grey_with_alpha()),
    "half transparent": saved(grey_with_alpha(np.full((SIDE, SIDE), 254, np.uint8))),
    "palette with one key": saved(palette(), transparency=0),
    "palette with tRNS": saved(palette(), transparency=bytes([128, 255])),
    "GIF": saved(palette(), "GIF", transparency=0),
    "RGB key": saved(Image.fromarray(COLOURS), transparency=(255, 0, 0)),
    "grey key": saved(Image.fromarray(GREY), transparency=255),
    "one bit with a key": saved(Image.fromarray(LEFT), transparency=0),
    "quantized RGBA": saved(with_alpha("RGBA").quantize(8)),
    "16 bits with a key": png(2, 1, 16, 2, [bytes([255, 255, 0, 0, 0, 0] + [0] * 6)], (b"tRNS", b"\xff\xff\0\0\0\0")),
    "16 bits grey and alpha": png(2, 1, 16, 4, [bytes([9, 9, 0, 0, 7, 7, 255, 255])]),
    "4 bits with a key": png(2, 1, 4, 0, [b"\x1f"], (b"tRNS", b"\0\x0f")),
}


@pytest.mark.parametrize("form", TRANSPARENT)
def test_transparency_in_any_form_is_refused(form):
    message = r"row 1: it has transparent pixels.*lay them on a colour, as Image.alpha_composite does, and save them"
    with pytest.raises(TaskError, match=message):
        decode_image(TRANSPARENT[form], "row 1")


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("form", TRANSPARENT)
def test_a_picture_of_pillows_with_transparency_is_refused_as_its_file_is(form):
    if form.startswith("16 bits"):  # decoded here, it has lost the key
        return
    picture = opened(TRANSPARENT[form])
    for each in (picture, picture.copy()):
        with pytest.raises(TaskError, match=r"^item 1: it has transparent pixels"):
            read_picture(each, "item 1")


OPAQUE = np.full((SIDE, SIDE), 255, np.uint8)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (saved(Image.fromarray(np.dstack([COLOURS, OPAQUE]))), COLOURS),
        (saved(grey_with_alpha(OPAQUE)), GREY),
        (saved(palette(), transparency=7), COLOURS),  # no pixel has it
        (saved(palette(), "GIF", transparency=7), COLOURS),
        (saved(palette()), COLOURS),
        (saved(Image.fromarray(COLOURS), "BMP"), COLOURS),
        (saved(Image.fromarray(COLOURS), "TIFF"), COLOURS),
        (saved(Image.fromarray(COLOURS), "PPM"), COLOURS),
        (saved(Image.fromarray(COLOURS), "WEBP", lossless=True), COLOURS),
        (saved(Image.fromarray(GREY), "PPM"), GREY),
        (saved(Image.fromarray(LEFT)), np.where(LEFT, 255, 0)),
        (saved(Image.fromarray(COLOURS).convert("CMYK"), "TIFF"), COLOURS),
        (png(4, 1, 2, 0, [b"\x1b"]), np.array([[0, 85, 170, 255]])),
        (png(2, 1, 4, 0, [b"\x0f"]), np.array([[0, 255]])),
    ],
)
def test_what_hides_nothing_is_read(data, expected):
    found = decode_image(data, "row 0")
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected[None] if expected.ndim == 2 else expected.transpose(2, 0, 1))


OPENED = {
    "grey": Image.fromarray(GREY),
    "colours": Image.fromarray(COLOURS),
    "opaque": Image.fromarray(np.dstack([COLOURS, OPAQUE])),
    "grey, opaque": grey_with_alpha(OPAQUE),
    "palette": palette(),
    "one bit": Image.fromarray(LEFT),
    "CMYK": Image.fromarray(COLOURS).convert("CMYK"),
}


@pytest.mark.parametrize("form", OPENED)
def test_a_picture_of_pillows_is_read_as_its_file_is(form):
    kind = "TIFF" if form == "CMYK" else "PNG"
    expected = decode_image(saved(OPENED[form], kind), "")
    assert np.array_equal(read_picture(OPENED[form], ""), expected)
    assert np.array_equal(read_picture(opened(saved(OPENED[form], kind)), ""), expected)


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "LAB", "HSV"])
def test_a_picture_of_another_mode_is_refused(mode):
    with pytest.raises(TaskError, match=f"^item 1: images must be grey or RGB.*Pillow's mode {mode}; convert it"):
        read_picture(Image.new(mode, (8, 8)), "item 1")


def frames(kind, **options):
    first = Image.fromarray(COLOURS)
    return saved(first, kind, save_all=True, append_images=[first.rotate(90), first], **options)


def tiff(order, planes=1):
    """A TIFF of 2x2 colours with 16 bits a channel, byte by byte."""
    n = "<" if order == "II" else ">"
    pixels, entries = struct.pack(n + "12H", *[300] * 12), 10
    after = 8 + 2 + 12 * entries + 4
    places = struct.pack(n + "3I", *(after + 30 + 8 * plane for plane in range(3)))
    counts = struct.pack(n + "3I", 8, 8, 8)
    strips = (3, after + 6, after + 18) if planes == 2 else (1, after + 30, len(pixels))
    tags = [(256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 3, after), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += [(273, 4, strips[0], strips[1]), (277, 3, 1, 3), (278, 3, 1, 2), (279, 4, strips[0], strips[2])]
    tags += [(284, 3, 1, planes)]
    body = b"".join(
        struct.pack(n + "HHI", tag, kind, count)
        + (struct.pack(n + "HH", value, 0) if kind == 3 and count == 1 else struct.pack(n + "I", value))
        for tag, kind, count, value in tags
    )
    head = order.encode() + struct.pack(n + "HIH", 42, 8, entries)
    return head + body + bytes(4) + struct.pack(n + "3H", 16, 16, 16) + places + counts + pixels


def jp2_of_16_bits():
    """Colours in JPEG 2000 whose head says 16 bits: what Pillow does not write."""
    data = bytearray(saved(Image.fromarray(COLOURS), "JPEG2000"))
    start = data.index(b"\xff\x4f\xff\x51") + 4 + 38
    data[start : start + 9 : 3] = bytes([15] * 3)
    return bytes(data)


def two_bytes(*channels):
    return np.array(channels, dtype=">u2").tobytes()


DEEP = {
    "PNG of colours": png(2, 1, 16, 2, [two_bytes(*[300] * 6)]),
    "PNG of colours and alpha": png(2, 1, 16, 6, [two_bytes(*[300, 300, 300, 65535] * 2)]),
    "PNG of grey and alpha": png(2, 1, 16, 4, [two_bytes(*[300, 65535] * 2)]),
    "PPM": b"P6 2 1 65535\n" + two_bytes(*[300] * 6),
    "PPM of 10 bits": b"P6 2 1 1023\n" + two_bytes(*[300] * 6),
    "PPM in text": b"P3 2 1 65535\n" + b"300 " * 6,
    "TIFF, least first": tiff("II"),
    "TIFF, most first": tiff("MM"),
    "TIFF in planes": tiff("II", planes=2),
    "JPEG 2000": jp2_of_16_bits(),
}


@pytest.mark.parametrize("form", DEEP)
def test_more_than_8_bits_a_channel_are_refused_where_pillow_would_cut_them(form):
    message = r"row 1: images must be grey or RGB with 8 bits a channel, but this one has more, .*convert it, scaled to"
    with pytest.raises(TaskError, match=message):
        decode_image(DEEP[form], "row 1")


@pytest.mark.parametrize("form", [form for form in DEEP if form != "JPEG 2000"])  # whose bytes alone say it
def test_more_than_8_bits_of_a_picture_of_pillows_are_refused(form):
    with pytest.raises(TaskError, match=r"^item 1: images must be grey or RGB with 8 bits a channel, but this one"):
        read_picture(opened(DEEP[form]), "item 1")


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (png(2, 1, 8, 2, [bytes([9] * 6)]), 9),
        (png(2, 1, 4, 0, [b"\xf0"]), 255),
        (png(2, 1, 8, 6, [bytes([7, 7, 7, 255] * 2)]), 7),
        (b"P6 2 1 255\n" + bytes([9] * 6), 9),
        (b"P6 2 1 15\n" + bytes([15] * 6), 255),
        (b"P5 2 1 100\n" + bytes([100] * 2), 255),
        (b"P3 2 1 255\n" + b"9 " * 6, 9),
        (saved(Image.fromarray(GREY[:1, :2]), "TIFF"), 255),
        (saved(Image.fromarray(GREY), "JPEG2000"), 255),
        (saved(Image.fromarray(GREY).convert("1"), "TIFF"), 255),
    ],
)
def test_8_bits_a_channel_or_fewer_are_read(data, first):
    assert decode_image(data, "")[0, 0, 0] == first


@pytest.mark.parametrize("data", [b"nonsense", b"", bytes(range(64)), b"<svg/>", b"GIF89a", saved(palette())[:20]])
def test_what_cannot_be_decoded_is_said_without_the_insides_of_the_program(data):
    with pytest.raises(TaskError, match=r"row 1 is no image that can be decoded: .*; mend it, or remove it$") as caught:
        decode_image(data, "row 1")
    assert "BytesIO" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (frames("GIF"), "this GIF has 3 frames, and an example is one image; save the one that is meant"),
        (frames("PNG"), "this PNG has 3 frames"),
        (frames("WEBP"), "this WEBP has 3 frames"),
        (frames("TIFF"), "this TIFF has 3 frames"),
        (saved(Image.new("I;16", (8, 8))), "grey or RGB with 8 bits a channel.*mode I;16; convert it, scaled to"),
        (saved(Image.new("I", (8, 8)), "TIFF"), "Pillow's mode I; convert it, scaled to 0 .. 255"),
        (saved(Image.new("F", (8, 8)), "TIFF"), "Pillow's mode F; convert"),
        (saved(Image.new("LAB", (8, 8)), "TIFF"), "Pillow's mode LAB; convert"),
        (saved(Image.fromarray(COLOURS), "EPS"), "images in the format EPS are not read; convert it to PNG"),
        (None, "row 3 has no image; remove such rows"),
        (b"", "row 3 is no image that can be decoded"),
        (b"nonsense", "row 3 is no image that can be decoded: UnidentifiedImageError"),
        (saved(Image.fromarray(COLOURS))[:50], "row 3 is no image that can be decoded"),
        (saved(Image.fromarray(COLOURS), "JPEG")[:300], "row 3 is no image that can be decoded"),
        (png(20_000, 20_000, 8, 0, [b""]), "row 3 is no image that can be decoded: DecompressionBombError"),
        (png(10_000, 10_000, 8, 0, [b""]), "row 3 is no image that can be decoded: DecompressionBombWarning"),
    ],
)
def test_what_is_not_one_picture_of_bytes_is_refused(data, message):
    with pytest.raises(TaskError, match=message):
        decode_image(data, "row 3")


def test_a_photograph_with_previews_of_itself_is_one_image():
    data = saved(Image.fromarray(COLOURS), "MPO", save_all=True, append_images=[Image.fromarray(COLOURS[:6])])
    assert decode_image(data, "").shape == (3, SIDE, SIDE)


TURNS = {  # the EXIF orientation, and the same made with numpy
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}
PICTURE = np.kron(np.random.default_rng(2).integers(0, 2, (2, 3)) * 200 + 20, np.ones((8, 8))).astype(np.uint8)
KINDS = [("JPEG", {"quality": 100}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("MPO", {"quality": 100})]
KINDS += [("AVIF", {"quality": 100})] if features.check("avif") else []


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_images_are_turned_as_their_exif_data_says(kind, options, turn):
    note = Image.Exif()
    note[0x0112] = turn
    colours = np.dstack([PICTURE, PICTURE // 2, 255 - PICTURE])
    found = decode_image(saved(Image.fromarray(colours), kind, exif=note, **options), "")
    expected = TURNS[turn](colours).transpose(2, 0, 1)
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < 10  # JPEG blurs colours at the edges


@pytest.mark.parametrize(("turn", "mode"), [(6, "L"), (6, "1"), (6, "P"), (3, "CMYK"), (0, "L"), (9, "L")])
def test_other_modes_are_turned_too_and_other_numbers_are_no_turns(turn, mode):
    note = Image.Exif()
    note[0x0112] = turn
    image = Image.fromarray(PICTURE).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    plain, found = decode_image(saved(image, kind), ""), decode_image(saved(image, kind, exif=note), "")
    assert np.array_equal(found[0], TURNS.get(turn, TURNS[1])(plain[0]))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pictures_of_pillows_and_masks_are_turned_too(mode):
    note = Image.Exif()
    note[0x0112] = 6
    image = Image.fromarray(PICTURE).convert(mode)
    picture = opened(saved(image, exif=note))
    assert np.array_equal(read_picture(picture, "")[0], TURNS[6](PICTURE))
    assert np.array_equal(read_picture(picture.resize(picture.size), "")[0], TURNS[6](PICTURE))
    assert np.array_equal(np.atleast_3d(read_mask(opened(saved(image, exif=note)), ""))[..., 0], TURNS[6](PICTURE))


def test_a_mask_keeps_its_numbers():
    classes = Image.fromarray((~LEFT).astype(np.uint8), "L").convert("P")
    classes.putpalette([255, 0, 0, 0, 0, 200] + [0] * 762)
    assert np.array_equal(read_mask(classes, ""), ~LEFT)
    assert np.array_equal(read_mask(Image.fromarray(LEFT * np.uint16(300)), ""), LEFT * 300)


@pytest.mark.parametrize("read", [read_picture, read_mask])
def test_an_opened_picture_that_cannot_be_decoded_is_said(read):
    cut = opened(saved(Image.fromarray(COLOURS), "JPEG")[:640])
    with pytest.raises(TaskError, match=r"^item 1 is no image that can be decoded: OSError: .*; mend it, or re"):
        read(cut, "item 1")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_picture_of_several_frames_is_refused(kind):
    with pytest.raises(TaskError, match=f"^item 1: this {kind} has 3 frames"):
        read_picture(opened(frames(kind)), "item 1")


def rows(*shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]
    return [(f"row {place}", saved(Image.fromarray(array))) for place, array in enumerate(arrays)]


def test_images_of_several_sizes_are_shrunk_each():
    encoded = rows((8, 8, 3), (8, 8, 3), (16, 12, 3), (9, 8, 3), (8, 8, 3))
    found, mixed = stack_images(iter(encoded), 5, 4)
    assert mixed
    assert found.shape == (5, 3, 4, 4)
    for row, (place, data) in enumerate(encoded):
        image = decode_image(data, place)
        expected, _ = stack_images(iter([(place, data), *rows((5, 5, 3))]), 2, 4)
        assert np.array_equal(found[row], expected[0])
        assert np.allclose(found[row].mean(), image.mean(), atol=1)
    assert stack_images(iter(encoded[:2]), 2, 4)[0].shape == (2, 3, 8, 8)  # of one size: as they are


@pytest.mark.parametrize(
    ("shapes", "size", "message"),
    [
        (
            [(8, 8), (9, 7)],
            None,
            "row 1: all images must have one size.* 9x7 with 1 .* 8x8 .*give size=7, or less",
        ),
        ([(8, 8), (9, 7)], 8, "row 1: .*`size` at most the side of the smallest, but got 8; give size=7"),
        ([(8, 8), (12, 12)], 9, "row 1: .*`size` at most the side of the smallest, but got 9; give size=8"),
        ([(8, 8), (9, 9), (5, 9)], 6, "row 2: .*`size` at most the side of the smallest, but got 6; give size=5"),
        ([(8, 8), (8, 8, 3)], 4, "row 1: .*8x8 with 3 channels and the first is 8x8 with 1 channel; convert them"),
        ([(8, 8), (9, 9), (9, 9, 3)], 4, "row 2: .*with 3 channels .*; convert them"),
    ],
)
def test_sizes_and_channels_that_do_not_fit_are_refused(shapes, size, message):
    with pytest.raises(TaskError, match=message):
        stack_images(iter(rows(*shapes)), len(shapes), size)


def test_more_images_than_memory_holds_are_refused(monkeypatch):
    def full(shape, **options):
        if shape != 0:
            raise MemoryError
        return empty(shape, **options)

    encoded, empty = rows((8, 8)), np.empty
    monkeypatch.setattr(_decode.np, "empty", full)
    with pytest.raises(TaskError, match=r"1000000 images of 8x8 with 1 channel take 0 GB of memory.*shrink the files"):
        stack_images(iter(encoded), 1_000_000, None)
