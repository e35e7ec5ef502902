"""From a folder of parquet files to a task."""

import numpy as np
import pytest
import torch

from lrlab import Augment, Normalize
from lrlab.errors import TaskError, UnknownName
from lrlab.models import MODELS
from lrlab.tasks import _cache, get, resolve

from .conftest import make_set, picture, write


def task(name):
    return get(resolve(name).where)


def sizes(whole):
    return [len(split.labels) for _, split in whole.splits()]


def rows(*splits):
    """Every image with its label, in an order that does not depend on the split."""
    return sorted(
        (image.numpy().tobytes(), int(label)) for split in splits for image, label in zip(*split, strict=True)
    )


def test_a_folder_is_a_task(flowers):
    whole = task("flowers/mlp")
    assert sizes(whole) == [36, 4, 10]
    assert whole.train.inputs.dtype == torch.uint8
    assert (whole.classes, whole.class_names) == (3, ("a", "b", "c"))
    assert np.array_equal(whole.test.inputs, flowers["test"])
    assert whole.test.labels.tolist() == [n % 3 for n in range(10)]
    assert rows(whole.train, whole.validation) == sorted(
        (image.tobytes(), n % 3) for n, image in enumerate(flowers["train"])
    )
    assert whole.augment == Augment(crop=1, flip=True)
    assert task("flowers/mlp(width=2)").fingerprint == whole.fingerprint


def test_constants_are_those_of_the_training_part(flowers):
    whole = task("flowers/mlp")
    values = whole.train.inputs.double() / 255
    torch.testing.assert_close(whole.normalize.mean, tuple(values.mean((0, 2, 3)).tolist()), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        whole.normalize.std, tuple(values.std((0, 2, 3), correction=0).tolist()), atol=1e-4, rtol=0
    )
    prepared = whole.prepare(whole.train.inputs)
    torch.testing.assert_close(prepared.mean((0, 2, 3)), torch.zeros(3), atol=1e-3, rtol=0)


def test_without_validation_all_training_images_train(flowers):
    whole = task("flowers/mlp(validation=none)")
    assert [name for name, _ in whole.splits()] == ["train", "test"]
    assert whole.validation is None
    assert rows(whole.train) == sorted((image.tobytes(), n % 3) for n, image in enumerate(flowers["train"]))
    assert torch.equal(whole.test.inputs, task("flowers/mlp").test.inputs)
    fewer = task("flowers/mlp(validation=none, images=7)")
    assert sizes(fewer) == [7, 10]
    assert torch.equal(fewer.train.inputs, task("flowers/mlp").train.inputs[:7])
    with pytest.raises(TaskError, match="at most the 40 training images that are left after 0 went to validation"):
        task("flowers/mlp(validation=none, images=41)")


def test_without_test_files_or_validation_a_fifth_is_for_testing(data):
    arrays = make_set(data / "flowers", test=1)
    next((data / "flowers").glob("test*")).unlink()
    whole = task("flowers/mlp(validation=none)")
    assert sizes(whole) == [32, 8]
    assert rows(whole.train, whole.test) == sorted((image.tobytes(), n % 3) for n, image in enumerate(arrays["train"]))


def test_a_channel_of_one_value_is_only_shifted(data):
    images = [np.full((1, 8, 8), 51, dtype=np.uint8)] * 12
    write(data / "flat" / "train.parquet", images, np.arange(12) % 2)
    assert task("flat/mlp").normalize == Normalize((0.2,), (1.0,))


def test_known_data_sets_have_their_published_constants(data):
    make_set(data / "mnist", channels=1, height=28, width=28)
    whole = task("mnist/mlp(validation=5)")
    assert whole.normalize == Normalize((0.1307,), (0.3081,))
    assert whole.augment is None
    assert sizes(whole) == [35, 5, 10]


def test_options_do_what_they_say(flowers):
    whole = task("flowers/mlp")
    fewer = task("flowers/mlp(images=7)")
    assert sizes(fewer) == [7, 4, 10]
    assert torch.equal(fewer.train.inputs, whole.train.inputs[:7])
    assert fewer.normalize == whole.normalize
    assert sizes(task("flowers/mlp(test=3)")) == [36, 4, 3]
    assert sizes(task("flowers/mlp(validation=15)")) == [25, 15, 10]
    assert torch.equal(task("flowers/mlp(validation=15)").train.inputs, whole.train.inputs[:25])
    assert task("flowers/mlp(size=4)").train.inputs.shape == (36, 3, 4, 4)
    parameters = [sum(p.numel() for p in task(f"flowers/mlp(width={width})").model().parameters()) for width in (1, 2)]
    expected = [MODELS["mlp"](channels=3, classes=3, size=8, width=width) for width in (1.0, 2.0)]
    assert parameters == [sum(p.numel() for p in model.parameters()) for model in expected]


@pytest.mark.parametrize(
    ("augment", "expected"),
    [
        ("none", None),
        ("flip", Augment(flip=True)),
        ("crop", Augment(crop=2)),
        ("crop+flip", Augment(crop=2, flip=True)),
        ("crop+flip+cutout", Augment(crop=2, flip=True, cutout=8)),
    ],
)
def test_augmentation_is_an_option(data, augment, expected):
    make_set(data / "grey", channels=1, height=16, width=16)
    assert task("grey/mlp").augment is None
    assert task(f"grey/mlp(augment={augment})").augment == expected


def test_no_image_is_in_two_splits_and_tasks_share_memory(flowers):
    whole = task("flowers/mlp")
    images = torch.cat([split.inputs for _, split in whole.splits()]).flatten(1)
    assert len(images.unique(dim=0)) == 50
    other = task("flowers/mlp(images=9)")
    assert other.train.inputs.data_ptr() == whole.train.inputs.data_ptr()
    assert other.test.inputs.data_ptr() == whole.test.inputs.data_ptr()


def test_the_split_of_images_is_pinned(data):
    images = [np.full((1, 8, 8), n, dtype=np.uint8) for n in range(20)]
    write(data / "numbered" / "train.parquet", images, np.arange(20) % 2)
    write(data / "numbered" / "test.parquet", images[:2], [0, 1])
    whole = task("numbered/mlp(validation=4)")
    assert whole.train.inputs[:, 0, 0, 0].tolist() == [15, 1, 16, 6, 13, 12, 7, 3, 17, 9, 14, 4, 19, 5, 18, 8]
    assert whole.validation.inputs[:, 0, 0, 0].tolist() == [11, 2, 0, 10]


def test_without_test_data_a_fifth_of_the_training_data_is_held_out(data):
    arrays = make_set(data / "alone", train=50)
    (data / "alone" / "test-00000-of-00001.parquet").unlink()
    whole = task("alone/mlp")
    assert sizes(whole) == [36, 4, 10]
    assert len(rows(whole.train, whole.validation, whole.test)) == 50
    assert {image for image, _ in rows(whole.train, whole.validation, whole.test)} == {
        image.tobytes() for image in arrays["train"]
    }
    assert torch.equal(task("alone/mlp(validation=6)").test.inputs, whole.test.inputs)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train.parquet", "test.parquet"),
        ("data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"),
        ("train.parquet", "validation.parquet"),
        ("train.parquet", "valid-0.parquet"),
        ("train/0000.parquet", "test/0000.parquet"),
        ("default/train/0000.parquet", "default/test/0000.parquet"),
        ("plain_text/train-0.parquet", "plain_text/test-0.parquet"),
    ],
)
def test_every_usual_layout_is_found(data, train, test):
    rng = np.random.default_rng(0)
    write(data / "set" / train, [picture(rng) for _ in range(20)], np.arange(20) % 2)
    write(data / "set" / test, [picture(rng) for _ in range(3)], [0, 1, 0])
    assert sizes(task("set/mlp")) == [18, 2, 3]


def test_shards_are_read_in_order_and_a_test_part_goes_before_validation(data):
    rng = np.random.default_rng(0)
    for shard in (1, 0):
        write(data / "set" / f"train-{shard}.parquet", [picture(rng) for _ in range(10)], [shard] * 10)
        write(data / "set" / f"test-{shard}.parquet", [picture(rng) for _ in range(2)], [shard] * 2)
    write(data / "set" / "validation.parquet", [picture(rng)], [0])
    assert task("set/mlp").test.labels.tolist() == [0, 0, 1, 1]


def test_the_default_configuration_is_taken_of_several(data):
    make_set(data / "set" / "other")
    make_set(data / "set" / "more", train=20)
    with pytest.raises(TaskError, match="holds several data sets: more, other; copy one of them"):
        task("set/mlp")
    make_set(data / "set" / "default", train=30)
    assert sizes(task("set/mlp")) == [27, 3, 10]


def test_the_second_process_decodes_nothing(flowers, monkeypatch):
    from lrlab.tasks import _catalogue, _decode, _images

    before = task("flowers/mlp").fingerprint
    for remembered in (_catalogue._load_checked, _images.read_splits):
        remembered.cache_clear()
    monkeypatch.setattr(_decode, "decode_image", lambda *args: pytest.fail("decoded again"))
    assert task("flowers/mlp").fingerprint == before
    assert _cache.cache_folder().is_dir()


def test_another_data_folder_is_other_data(flowers, data, tmp_path, monkeypatch):
    first = task("flowers/mlp")
    assert task("flowers/mlp") is first
    make_set(tmp_path / "second" / "flowers", train=20)
    monkeypatch.setenv("LRLAB_DATA", str(tmp_path / "second"))
    second = task("flowers/mlp")
    assert sizes(second) == [18, 2, 10]
    assert second.fingerprint != first.fingerprint
    monkeypatch.setenv("LRLAB_DATA", str(data))
    assert task("flowers/mlp") is first


def test_images_of_another_shape_than_square_need_a_size(data):
    make_set(data / "wide", height=8, width=10)
    with pytest.raises(TaskError, match=r"wide/mlp: the built-in models need square images.* 8x10; give size=8"):
        task("wide/mlp")
    assert task("wide/mlp(size=8)").train.inputs.shape == (36, 3, 8, 8)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("flowers/mlp(images=37)", "`images` must be at most the 36 training images that are left after 4 went"),
        ("flowers/mlp(test=11)", "`test` must be at most the 10 test images there are"),
        ("flowers/mlp(validation=40)", "flowers: of 40 training images, 40 cannot go to validation and 0 to test"),
        ("flowers/mlp(size=9)", "`size` must be at most the side of the images, but got 9 for 8x8"),
        ("flowers/googlenet(size=1)", r"flowers/googlenet\(size=1\): "),
    ],
)
def test_options_that_do_not_fit_the_data_are_refused(flowers, name, message):
    with pytest.raises(TaskError, match=message):
        task(name)


def test_missing_data_says_how_to_get_it(monkeypatch, tmp_path):
    ways = r"--data-dir FOLDER, or set LRLAB_DATA=FOLDER, where FOLDER/mnist holds .*hub:ylecun/mnist/MODEL"
    with pytest.raises(TaskError, match=f"mnist needs a data folder, and none is set: give {ways}"):
        task("mnist/lenet")
    monkeypatch.setenv("LRLAB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(TaskError, match=f"there is no data folder .*nowhere: give {ways}"):
        task("mnist/lenet")
    monkeypatch.setenv("LRLAB_DATA", str(tmp_path))
    with pytest.raises(TaskError, match=f"has no mnist: give {ways}"):
        task("mnist/lenet")
    monkeypatch.delenv("LRLAB_DATA")
    with pytest.raises(TaskError, match="hub:owner/name/MODEL"):
        task("roses/lenet")


def test_a_data_set_that_is_not_there_is_perhaps_misspelt(flowers):
    with pytest.raises(UnknownName, match="unknown data set 'flower'; did you mean flowers"):
        task("flower/mlp")
    with pytest.raises(UnknownName, match="unknown data set 'cifar-10'; did you mean cifar10"):
        task("cifar-10/mlp")


def test_a_folder_without_training_data_is_refused(data):
    write(data / "set" / "test.parquet", [picture(np.random.default_rng(0))], [0])
    with pytest.raises(TaskError, match=r"set holds no training data: it needs train\*.parquet.*sub-folder data"):
        task("set/mlp")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"labels": [0, 3], "names": None}, r"train has the classes 0 .. 1, but test has a label 3; remove such"),
        ({"labels": [0, 1], "names": ["a", "b"]}, "train and test name their classes in other ways"),
        ({"labels": [0, 1], "shape": (3, 9, 9)}, r"train has images of shape \(3, 8, 8\) and test of \(3, 9, 9\)"),
        (
            {"labels": [0, 1], "shape": (1, 8, 8)},
            r"and test of \(1, 8, 8\) \(channels, height, width\); both",
        ),
    ],
)
def test_train_and_test_must_be_of_one_kind(data, test, message):
    rng = np.random.default_rng(0)
    write(data / "set" / "train.parquet", [picture(rng) for _ in range(20)], np.arange(20) % 2)
    images = [picture(rng, *test.get("shape", (3, 8, 8))) for _ in range(2)]
    write(data / "set" / "test.parquet", images, test["labels"], names=test.get("names"))
    with pytest.raises(TaskError, match=message):
        task("set/mlp")


def test_a_class_without_images_still_counts(data):
    rng = np.random.default_rng(0)
    write(data / "set" / "train.parquet", [picture(rng) for _ in range(20)], np.arange(20) % 2, names=list("abcd"))
    outputs = task("set/mlp").model()(torch.zeros(2, 3, 8, 8))
    assert outputs.shape == (2, 4)
