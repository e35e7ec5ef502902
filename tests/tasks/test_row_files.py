"""Sets as `save_to_disk` of Hugging Face's datasets writes them: Arrow streams, their state, and names beside them."""

import json

import numpy as np
import polars as pl
import pytest

from lrlab.errors import TaskError
from lrlab.tasks._built_in._text_tables import read_table
from lrlab.tasks._cache import cached_images
from lrlab.tasks._folder import DataFiles, data_files
from lrlab.tasks._image_rows import read_images
from lrlab.tasks._row_files import class_names_of, read_rows, saved_files

from .conftest import encoded, picture

RNG = np.random.default_rng(8)
COLOUR = [picture(RNG) for _ in range(6)]
LABELS = [0, 1, 1, 0, 1, 0]


def images_frame(arrays, labels):
    cells = [{"bytes": encoded(array), "path": None} for array in arrays]
    kind = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    return pl.DataFrame({"image": pl.Series(cells, dtype=kind), "label": labels})


def save(folder, frames, names=("cat", "dog"), **state):
    """A saved set, one file for each frame; the files."""
    folder.mkdir(parents=True)
    files = [folder / f"data-{number:05}-of-{len(frames):05}.arrow" for number in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        frame.write_ipc_stream(file, compat_level=pl.CompatLevel.oldest())
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": file.name} for file in files]} | state))
    name_classes(folder, names)
    return files


def name_classes(folder, names):
    features = {"label": {"names": list(names), "_type": "ClassLabel"}}
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))


def save_images(folder, shards=2):
    frames = [images_frame(COLOUR[start::shards], LABELS[start::shards]) for start in range(shards)]
    return save(folder, frames)


def test_images_labels_and_names_come_out_as_they_went_in(tmp_path):
    found = read_images(save_images(tmp_path / "train"))
    assert np.array_equal(found.pixels, np.stack(COLOUR[::2] + COLOUR[1::2]))
    assert found.labels.tolist() == LABELS[::2] + LABELS[1::2]
    assert found.names == ("cat", "dog")


def test_parts_of_a_saved_set_lie_in_folders_of_their_names(tmp_path):
    parts = {name: tuple(save_images(tmp_path / "pets" / name)) for name in ("train", "test", "validation")}
    (tmp_path / "pets" / "dataset_dict.json").write_text('{"splits": ["train", "test", "validation"]}')
    (tmp_path / "pets" / "train" / "cache-1f.arrow").write_bytes(b"of datasets itself")
    assert data_files(tmp_path / "pets") == DataFiles(parts["train"], parts["test"])


def test_a_saved_set_without_parts_is_training_data(tmp_path):
    files = save_images(tmp_path / "pets")
    assert data_files(tmp_path / "pets") == DataFiles(tuple(files), ())


def test_a_file_with_an_index_is_read_too(tmp_path):
    frame = images_frame(COLOUR, LABELS)
    frame.write_ipc(tmp_path / "data.arrow")
    assert read_rows(tmp_path / "data.arrow").equals(frame)
    assert read_images([tmp_path / "data.arrow"]).labels.tolist() == LABELS


def test_texts_are_read_as_from_parquet(tmp_path):
    frame = pl.DataFrame({"sentence": ["good", "bad"], "label": [1, 0]})
    (file,) = save(tmp_path / "train", [frame], names=("no", "yes"))
    found = read_table(file)
    assert (found.texts, found.labels.tolist(), found.names) == (["good", "bad"], [1, 0], ("no", "yes"))


def test_other_names_of_classes_are_read_again_and_not_taken_from_the_cache(tmp_path):
    files = save_images(tmp_path / "train")
    assert cached_images(files).names == ("cat", "dog")
    name_classes(tmp_path / "train", ("cow", "pig"))
    assert cached_images(files).names == ("cow", "pig")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"features": {"label": {"_type": "Value"}}}'])
def test_without_names_of_classes_there_are_none(tmp_path, text):
    (file,) = save_images(tmp_path / "train", shards=1)
    (file.parent / "dataset_info.json").write_text(text)
    assert class_names_of(file, "label") == ()
    (file.parent / "dataset_info.json").unlink()
    assert class_names_of(file, "label") == ()


@pytest.mark.parametrize("lost", [1, 8, 200, 10_000])
def test_a_stream_that_was_cut_off_is_refused(tmp_path, lost):
    (file,) = save_images(tmp_path / "train", shards=1)
    file.write_bytes(file.read_bytes()[:-lost])
    with pytest.raises(TaskError, match=r"data-00000-of-00001.arrow is no Arrow file that can be read.*fetch it again"):
        read_images([file])


def test_a_missing_file_is_named(tmp_path):
    save_images(tmp_path / "train")[1].unlink()
    with pytest.raises(TaskError, match=r"train lacks data-00001-of-00002.arrow, which state.json names; save"):
        data_files(tmp_path)


@pytest.mark.parametrize("key", ["_indices_files", "_indices_data_files"])
def test_a_choice_of_rows_by_indices_is_refused(tmp_path, key):
    save(tmp_path / "train", [images_frame(COLOUR, LABELS)], **{key: [{"filename": "indices.arrow"}]})
    with pytest.raises(TaskError, match=r"a choice of rows as indices; save it again after dataset.flatten_indices"):
        saved_files(tmp_path / "train")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"_data_files": [3]}', '{"_data_files": 3}', "null"])
def test_a_damaged_state_is_said(tmp_path, text):
    save_images(tmp_path / "train")
    (tmp_path / "train" / "state.json").write_text(text)
    with pytest.raises(TaskError, match=r"state.json does not say which files hold the data.*save the set again"):
        data_files(tmp_path)
