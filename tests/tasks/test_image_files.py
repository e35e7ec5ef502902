"""Folders of image files, a folder for each class, as tasks; and a network of the user's own on them."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lrlab import Augment, Normalize, Task
from lrlab.errors import TaskError
from lrlab.tasks import get, resolve
from lrlab.tasks._folder import data_files

from .conftest import make_set, picture, write

RNG = np.random.default_rng(7)


def task(name):
    return get(resolve(name).where)


def put(folder, classes, count=5, shape=(8, 8), suffix="png"):
    """So many images of each class, each in a shade of its own."""
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = np.full((*shape, 3), 10 * place + number, dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.{suffix}")


def sizes(whole):
    return [len(split.labels) for _, split in whole.splits()]


@pytest.mark.parametrize("top", ["", "data", "archive"])
@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("train", "val"), ("Train", "Test"), ("train", "valid")]
)
def test_given_splits_are_read(data, top, train, test):
    put(data / "pets" / top / train, ["cat", "dog", "ape"], 10)
    put(data / "pets" / top / test, ["cat", "dog", "ape"], 2)
    whole = task("pets/mlp")
    assert whole.class_names == ("ape", "cat", "dog")
    assert sizes(whole) == [27, 3, 6]
    assert whole.test.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert whole.test.inputs[:, 0, 0, 0].tolist() == [20, 21, 0, 1, 10, 11]
    shades = torch.tensor([20, 0, 10])[whole.train.labels]
    assert ((whole.train.inputs[:, 0, 0, 0].long() - shades) < 10).all()


def test_without_given_splits_every_class_is_in_each(data):
    put(data / "pets", ["dog", "cat"], 20)
    put(data / "pets", ["rare"], 3)
    whole = task("pets/mlp")
    assert sizes(whole) == [31, 3, 9]
    assert whole.class_names == ("cat", "dog", "rare")
    assert all(len(split.labels.unique()) == 3 for _, split in whole.splits())
    assert any("test has fewer than 5 examples of class 'rare' (1)" in note for note in whole.notes)


def test_numbers_as_names_of_folders_are_in_their_order(data):
    put(data / "digits2", ["0", "2", "10", "9"], 6)
    assert task("digits2/mlp").class_names == ("0", "2", "9", "10")


def test_a_test_part_may_lack_a_class_and_says_so(data):
    put(data / "pets" / "train", ["cat", "dog"], 30)
    put(data / "pets" / "test", ["dog"], 6)
    whole = task("pets/mlp")
    assert whole.test.labels.tolist() == [1] * 6
    assert any("test has no example of class 'cat'" in note for note in whole.notes)


def test_hidden_files_and_litter_are_no_images(data):
    put(data / "pets", ["cat", "dog"], 10)
    for name in (".DS_Store", "._0.png", "Thumbs.db", "desktop.ini"):
        (data / "pets" / "cat" / name).write_bytes(b"no image")
    (data / "pets" / ".cache").mkdir()
    (data / "pets" / "__MACOSX").mkdir()
    assert sum(sizes(task("pets/mlp"))) == 20


def test_other_formats_are_read_beside_each_other(data):
    for suffix in ("png", "bmp", "webp", "tiff", "JPG"):
        put(data / "pets", ["cat", "dog"], 4, suffix=suffix)
    assert sum(sizes(task("pets/mlp"))) == 40


def test_what_is_in_the_files_and_their_class_name_the_entry_of_the_cache(data):
    put(data / "pets", ["cat", "dog"], 10)
    before = task("pets/mlp").train
    (data / "pets" / "cat").rename(data / "pets" / "eel")
    (data / "pets" / "dog").rename(data / "pets" / "cat")
    after = Task.from_folder(data / "pets", model=nn.Identity)
    assert after.class_names == ("cat", "eel")
    assert after.train.inputs[after.train.labels == 0].min() >= 10
    assert before.inputs[before.labels == 0].max() < 10


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "cat" / "a.png").write_bytes(b"x"), "cat/a.png is no image that can be decoded"),
        (
            lambda folder: (folder / "cat" / "notes.txt").write_text("x"),
            "cat/notes.txt is no image that can be decoded",
        ),
        (lambda folder: (folder / "cat" / "99.png").symlink_to(folder / "gone"), "99.png cannot be read: No such file"),
        (lambda folder: (folder / "cat" / "more").mkdir(), "cat is a class.* but it has a folder more; move it up"),
        (lambda folder: put(folder, ["cat"], 1, (9, 8)), "cat/1.png: all images must have one size.* give size=8, or"),
    ],
)
def test_files_that_do_not_fit_are_named(data, damage, message):
    put(data / "pets", ["cat", "dog"], 10)
    damage(data / "pets")
    with pytest.raises(TaskError, match=message):
        task("pets/mlp")


def test_a_class_without_images_and_one_that_train_lacks_are_refused(data):
    put(data / "pets" / "train", ["cat", "dog"])
    put(data / "pets" / "test", ["cat", "eel"])
    with pytest.raises(TaskError, match="test has the classes 'eel', and train has no such folders; remove them, or"):
        task("pets/mlp")
    (data / "pets" / "train" / "eel").mkdir()
    with pytest.raises(TaskError, match="eel is a class without images; put some into it, or remove it"):
        task("pets/mlp")


@pytest.mark.parametrize("names", [("train", "test"), ("images", "masks"), ("images",), ("train",)])
def test_folders_that_are_no_classes_are_refused(data, names):
    put(data / "pets", names)
    with pytest.raises(
        TaskError, match=r"holds no training data: it needs train\*.parquet.*or train/CLASS/ with images"
    ):
        task("pets/mlp")


@pytest.mark.parametrize("top", ["", "data", "archive"])
@pytest.mark.parametrize("bare", [("eel",), ("eel", "ape"), ("annotations",), ("train",), ("zebra",), ("data",)])
def test_empty_folders_beside_classes_are_named(data, top, bare):
    put(data / "pets" / top, ["cat", "dog"])
    for name in bare:
        (data / "pets" / top / name).mkdir()
        (data / "pets" / top / name / ".keep").touch()
    (data / "pets" / top / bare[0] / "readme.txt").touch()
    named = ", ".join(map(repr, sorted(bare)))
    with pytest.raises(TaskError, match=f"there are none in {named}; put some into it, or remove it"):
        task("pets/mlp")


@pytest.mark.parametrize("place", ["cat", "data/cat", "archive/cat", "train/cat", "data/train/cat", "data", "archive"])
def test_one_class_alone_is_refused(data, place):
    put(data / "pets", [place])
    with pytest.raises(
        TaskError, match=f"images of one class alone, '{place.split('/')[-1]}', .*give each class a fol"
    ):
        task("pets/mlp")


@pytest.mark.parametrize("names", [("data", "other"), ("data", "train", "zoo"), ("test", "wild"), ("train", "car")])
def test_classes_may_be_named_as_parts_of_a_data_set_are(data, names):
    put(data / "pets", names, 10)
    assert task("pets/mlp").class_names == tuple(sorted(names))


def test_a_folder_that_cannot_be_read_is_said(data, monkeypatch):
    put(data / "pets", ["cat", "dog"])

    def closed(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lrlab.tasks._folder.image_parts", closed)
    with pytest.raises(TaskError, match="pets cannot be read: Permission denied; give a folder that can"):
        data_files(data / "pets")


def test_parquet_comes_before_folders(data):
    make_set(data / "pets")
    put(data / "pets", ["cat", "dog"])
    assert task("pets/mlp").class_names == ("a", "b", "c")


def test_images_of_several_sizes_need_a_size(data):
    put(data / "pets", ["cat", "dog"], 10)
    put(data / "pets", ["eel"], 10, (16, 12))
    with pytest.raises(TaskError, match="give size=8, or less, to shrink each to a square"):
        task("pets/mlp")
    whole = task("pets/mlp(size=6)")
    assert whole.train.inputs.shape[1:] == (3, 6, 6)
    assert set(whole.train.inputs[whole.train.labels == 2].flatten().tolist()) <= set(range(10))
    assert task("pets/mlp(size=4)").train.inputs.shape[1:] == (3, 4, 4)
    with pytest.raises(TaskError, match="`size` at most the side of the smallest, but got 9; give size=8"):
        task("pets/mlp(size=9)")


def test_shrunk_images_are_decoded_once(data, monkeypatch):
    put(data / "pets", ["cat", "dog"], 10)
    put(data / "pets", ["eel"], 10, (16, 12))
    before = Task.from_folder("pets", model=nn.Identity, size=6).fingerprint
    monkeypatch.setattr("lrlab.tasks._decode.decode_image", lambda *args: pytest.fail("decoded again"))
    assert Task.from_folder("pets", model=nn.Identity, size=6).fingerprint == before


USER = """
from torch import nn
from lrlab import Task
def net(): return nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 6, 5))
def task(): return Task.from_folder("pets", model=net, size=6)
"""


def test_a_network_of_ones_own_works_on_a_folder(data, tmp_path):
    put(data / "pets", ["cat", "dog"], 15)
    (tmp_path / "mine.py").write_text(USER)
    whole = task(f"{tmp_path}/mine.py:task")
    plain = task("pets/mlp(size=6)")
    assert whole.class_names == ("cat", "dog")
    assert torch.equal(whole.train.inputs, plain.train.inputs)
    assert torch.equal(whole.test.labels, plain.test.labels)
    assert whole.normalize == plain.normalize
    assert whole.augment is None
    assert whole.model()[1].out_features == 5


def test_from_folder_takes_no_split_from_elsewhere():
    with pytest.raises(TaskError, match=r"so test was given for nothing; leave it out, or give arrays"):
        Task.from_folder("pets", model=nn.Identity, test=([], []))


def test_from_folder_takes_a_path_and_what_a_task_takes(data, tmp_path, monkeypatch):
    put(tmp_path / "here" / "pets", ["cat", "dog"], 15, (8, 12))
    others = {"augment": Augment(flip=True), "normalize": Normalize((0.5,) * 3, (0.5,) * 3), "version": "2"}
    whole = Task.from_folder(tmp_path / "here" / "pets", model=nn.Identity, validation=0, **others)
    assert sizes(whole) == [24, 6]
    assert whole.train.inputs.shape[1:] == (3, 8, 12)
    assert (whole.augment, whole.normalize, whole.version) == (*list(others.values())[:2], "2")
    assert sizes(Task.from_folder(tmp_path / "here" / "pets", model=nn.Identity, validation=4)) == [20, 4, 6]
    monkeypatch.chdir(tmp_path / "here")
    assert len(Task.from_folder("pets", model=nn.Identity).train.labels) == 22
    make_set(data / "flowers")
    assert Task.from_folder("flowers", model=nn.Identity).class_names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("folder", "others", "message"),
    [
        (
            "gone",
            {},
            r"there is no folder gone or .*gone; give the path of a folder with train\*.parquet, or with a fol",
        ),
        ("flowers", {"size": 0}, "`size` must be a whole number from 1, but got 0; leave it out"),
        ("flowers", {"size": 6.0}, "`size` must be a whole number from 1, but got 6.0"),
        ("flowers", {"validation": -1}, "`validation` must be a whole number from 0, but got -1"),
        ("flowers", {"size": 60}, "`size` must be at most the side of the images, but got 60 for 8x8"),
    ],
)
def test_from_folder_says_what_is_wrong(flowers, folder, others, message):
    with pytest.raises(TaskError, match=message):
        Task.from_folder(folder, model=nn.Identity, **others)


def test_a_folder_that_changed_is_read_anew(data):
    put(data / "pets", ["cat", "dog"], 10)
    before = Task.from_folder("pets", model=nn.Identity).fingerprint
    put(data / "pets", ["cat"], 10, suffix="bmp")
    assert Task.from_folder("pets", model=nn.Identity).fingerprint != before


def labelled(data, train, test=None, **others):
    write(data / "set" / "train.parquet", [picture(RNG) for _ in train], train, **others)
    if test is not None:
        write(data / "set" / "test.parquet", [picture(RNG) for _ in test], test, **others)
    return task("set/mlp")


@pytest.mark.parametrize(
    ("train", "test", "names", "found"),
    [
        ([2, 0, 5] * 10, [5, 0], ("0", "2", "5"), [2, 0]),
        ([1, 2, 3] * 10, [3, 1], ("1", "2", "3"), [2, 0]),
        (["dog", "cat"] * 10, ["dog"] * 3, ("cat", "dog"), [1, 1, 1]),
        (["b", "a", "c"] * 10, ["c", "a"], ("a", "b", "c"), [2, 0]),
        ([True, False] * 10, [True] * 2, ("False", "True"), [1, 1]),
        (["10", "9"] * 10, ["9"] * 2, ("9", "10"), [0, 0]),
    ],
)
def test_labels_of_other_forms_are_mapped_over_train_and_test(data, train, test, names, found):
    whole = labelled(data, train, test)
    assert whole.class_names == names
    assert whole.test.labels.tolist() == found
    assert whole.classes == len(names)
    assert whole.model()(torch.zeros(2, 3, 8, 8)).shape == (2, len(names))
    assert any(note.startswith(f"labels: {len(names)} classes, numbered from 0") for note in whole.notes)
    same = sorted(np.unique(whole.train.labels, return_counts=True)[1].tolist())
    assert sum(same) == len(whole.train.labels)


def test_labels_that_only_test_has_are_refused(data):
    with pytest.raises(TaskError, match=r"set: test has the classes 'eel', which train lacks; remove such images, or"):
        labelled(data, ["cat", "dog"] * 10, ["cat", "eel"])
    with pytest.raises(TaskError, match=r"train has the classes 0 .. 5, but test has a label 6; remove"):
        labelled(data, [0, 2, 5] * 10, [6])


def test_rare_classes_of_a_single_file_are_in_every_split(data):
    whole = labelled(data, [1 if row in (36, 38, 65, 164) else 0 for row in range(200)])
    assert sizes(whole) == [144, 16, 40]
    assert [int(split.labels.sum()) for _, split in whole.splits()] == [2, 1, 1]


def test_built_in_sets_keep_their_plain_split(data):
    labels = [1 if row < 3 else 0 for row in range(40)]
    write(data / "mnist" / "train.parquet", [np.full((1, 28, 28), row, np.uint8) for row in range(40)], labels)
    whole = task("mnist/mlp(validation=4)")
    order = np.random.Generator(np.random.PCG64(20240229)).permutation(40)
    kept = torch.cat([split.inputs[:, 0, 0, 0] for _, split in whole.splits()])
    assert kept.tolist() == order.tolist()
