import io

import numpy as np
import polars as pl
import pytest
from PIL import Image

from lrlab.errors import TaskError
from lrlab.tasks._image_rows import read_images

from .conftest import encoded, picture, write

RNG = np.random.default_rng(3)
COLOUR = [picture(RNG) for _ in range(5)]
GREY = [picture(RNG, channels=1, width=6) for _ in range(4)]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("image", "label"), [("image", "label"), ("img", "fine_label"), ("img", "labels")])
def test_images_come_out_as_they_went_in(tmp_path, plain, image, label):
    for arrays in (COLOUR, GREY):
        labels = np.arange(len(arrays))[::-1].copy()
        found = read_images([write(tmp_path / "a.parquet", arrays, labels, image, label, plain=plain)])
        assert np.array_equal(found.pixels, np.stack(arrays))
        assert found.pixels.dtype == np.uint8
        assert np.array_equal(found.labels, labels)
        assert (found.labels.dtype, found.names) == (np.int64, ())


def test_several_files_are_one_set_in_their_order(tmp_path):
    files = [write(tmp_path / f"{n}.parquet", COLOUR[n : n + 2], [n, n + 1], names=list("abcde")) for n in (0, 2)]
    found = read_images(files)
    assert np.array_equal(found.pixels, np.stack(COLOUR[:4]))
    assert found.labels.tolist() == [0, 1, 2, 3]
    assert found.names == tuple("abcde")


@pytest.mark.parametrize("names", [["cat", "dog"], {"1": "dog", "0": "cat"}])
def test_names_of_classes_are_read_in_both_forms(tmp_path, names):
    assert read_images([write(tmp_path / "a.parquet", COLOUR[:2], [0, 1], names=names)]).names == ("cat", "dog")


@pytest.mark.parametrize(
    "metadata", ["no json", "[]", '{"info": {}}', '{"info": {"features": {"label": {"names": 3}}}}']
)
def test_metadata_of_another_kind_is_as_good_as_none(tmp_path, metadata):
    file = write(tmp_path / "a.parquet", COLOUR[:2], [0, 1])
    pl.read_parquet(file).write_parquet(file, metadata={"huggingface": metadata})
    assert read_images([file]).names == ()


def saved(mode, kind="PNG"):
    buffer = io.BytesIO()
    Image.new(mode, (8, 8)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(("data", "channels"), [(saved("1"), 1), (saved("P"), 3), (saved("CMYK", "JPEG"), 3)])
def test_other_modes_become_grey_or_colours(tmp_path, data, channels):
    assert read_images([write(tmp_path / "a.parquet", [data], [0])]).pixels.shape == (1, channels, 8, 8)


def truncated(path, keep):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


@pytest.mark.parametrize("keep", [0, 0.1, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(tmp_path, keep):
    file = truncated(write(tmp_path / "train.parquet", COLOUR, [0] * 5), keep)
    with pytest.raises(TaskError, match=r"train.parquet is no parquet file that can be read.*fetch it again"):
        read_images([file])


def test_a_file_with_damaged_bytes_inside_is_refused(tmp_path):
    file = write(tmp_path / "train.parquet", [picture(RNG, height=64, width=64) for _ in range(20)], [0] * 20)
    data = bytearray(file.read_bytes())
    data[200:20_000] = bytes(19_800)
    file.write_bytes(data)
    with pytest.raises(TaskError, match=r"train.parquet.*(no parquet file|no image)"):
        read_images([file])


CUT = encoded(COLOUR[0])[:60]


@pytest.mark.parametrize(
    ("images", "labels", "others", "message"),
    [
        (
            [COLOUR[0], b"nonsense"],
            [0, 1],
            {},
            "a.parquet: row 1 is no image that can be decoded: Un",
        ),
        ([COLOUR[0], COLOUR[1], CUT], [0, 1, 2], {}, "row 2 is no image that can be decoded"),
        ([COLOUR[0], None], [0, 1], {}, "row 1 has no image; remove such rows"),
        (
            [COLOUR[0], saved("RGBA")],
            [0, 1],
            {},
            "row 1: it has transparent pixels .*mode RGBA.*must be grey or RGB: lay them on",
        ),
        ([COLOUR[0], saved("I;16")], [0, 1], {}, "row 1: images must be grey or RGB.*mode I;16; convert"),
        ([COLOUR[0], picture(RNG, 3, 9)], [0, 1], {}, "row 1: .* this one is 9x8 with 3 channels and the first is 8x8"),
        ([COLOUR[0], picture(RNG, 1)], [0, 1], {}, "row 1: .* 8x8 with 1 channel and the first is 8x8 with 3 channels"),
        (COLOUR[:2], [0, -1], {}, "row 1 has label -1, but labels must count from 0"),
        (
            COLOUR[:2],
            [0, 2],
            {"names": ["a", "b"]},
            "row 1 has label 2, but labels must lie in 0 .. 1, as there",
        ),
        (COLOUR[:2], [0, -1], {"names": ["a", "b"]}, "row 1 has label -1, but labels must lie in 0 .. 1"),
        (COLOUR[:2], [0, None], {}, "row 1 has no label; remove such rows"),
        (
            COLOUR[:2],
            [0.0, 1.0],
            {},
            "column label must hold whole numbers, text or booleans.* but it is Float64; conv",
        ),
        (COLOUR[:2], ["a", ""], {}, "row 1 has empty text as label; remove such rows"),
        (COLOUR[:2], ["a", None], {}, "row 1 has no label; remove such rows"),
        (COLOUR[:2], [True, None], {}, "row 1 has no label; remove such rows"),
        (COLOUR[:2], [None, None], {}, "must hold whole numbers, text or booleans.* but it is Null; convert"),
        (COLOUR[:2], [[0], [1]], {}, r"must hold whole numbers, text or booleans.* but it is List\(Int64\); convert"),
        (COLOUR[:2], pl.Series([0, 2**63 + 5], dtype=pl.UInt64), {}, "goes up to 9223372036854775813, beyond 2"),
        (COLOUR[:2], [0, 1], {"image": "images"}, "needs a column image or img; did you mean images.*rename"),
        (COLOUR[:2], [0, 1], {"label": "kind"}, "a column label or fine_label or labels; known: image, kind; rename"),
        ([], [], {}, "a.parquet holds no images"),
    ],
)
def test_rows_that_are_no_examples_are_refused_by_their_number(tmp_path, images, labels, others, message):
    labels = labels if len(labels) else pl.Series(labels, dtype=pl.Int64)
    with pytest.raises(TaskError, match=message):
        read_images([write(tmp_path / "a.parquet", images, labels, **others)])


def test_images_that_are_no_bytes_are_refused(tmp_path):
    pl.DataFrame({"image": ["a.png"], "label": [0]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(TaskError, match=r"column image must hold encoded images, as binary.* but it is String"):
        read_images([tmp_path / "a.parquet"])


def test_files_that_name_classes_differently_are_refused(tmp_path):
    files = [write(tmp_path / f"{n}.parquet", COLOUR[:1], [0], names=[n, "z"]) for n in "ab"]
    with pytest.raises(TaskError, match=r"a.parquet, b.parquet name their classes in other ways"):
        read_images(files)


@pytest.mark.parametrize(("module", "package"), [("polars", "polars"), ("PIL.Image", "pillow")])
def test_a_missing_package_says_what_to_install(tmp_path, monkeypatch, module, package):
    file = write(tmp_path / "a.parquet", COLOUR, [0] * 5)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(TaskError, match=rf'the package {package}: pip install "lrlab\[data\]"'):
        read_images([file])
