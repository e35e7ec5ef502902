"""CIFAR-10 and MNIST as they are: run where LRLAB_DATA names them."""

import hashlib
import io

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from lrlab import Augment
from lrlab.tasks import _catalogue, _decode, _images, get, resolve
from lrlab.tasks._cache import cached_images
from lrlab.tasks._folder import data_files
from lrlab.tasks._image_rows import read_images

CIFAR_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def task(name):
    return get(resolve(name).where)


def shapes(whole):
    return [tuple(split.inputs.shape) for _, split in whole.splits()]


def counts(*splits):
    return sum(torch.bincount(split.labels, minlength=10) for split in splits).tolist()


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("decoded")


@pytest.fixture
def real(real_data, cache, own_cache, monkeypatch):
    """The real data folder; what is decoded is kept for this file."""
    monkeypatch.setenv("LRLAB_DATA", str(real_data))
    monkeypatch.setenv("LRLAB_CACHE", str(cache))
    return real_data


def test_the_test_images_of_mnist_are_read(real):
    found = read_images(data_files(real / "mnist").test)
    assert found.pixels.shape == (10_000, 1, 28, 28)
    assert np.bincount(found.labels).tolist() == MNIST_TEST
    assert found.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert found.names == tuple("0123456789")
    assert found.pixels[0, 0, 7, 6:12].tolist() == [84, 185, 159, 151, 60, 36]  # the bar of the first 7


@pytest.mark.slow
def test_mnist_is_all_there(real):
    whole = task("mnist/mlp")
    assert shapes(whole) == [(54_000, 1, 28, 28), (6_000, 1, 28, 28), (10_000, 1, 28, 28)]
    assert counts(whole.train, whole.validation) == MNIST_TRAIN
    assert counts(whole.test) == MNIST_TEST
    assert whole.augment is None
    close_to_normal(whole, 0.01)


@pytest.mark.slow
def test_cifar10_is_all_there(real):
    whole = task("cifar10/mlp")
    assert shapes(whole) == [(45_000, 3, 32, 32), (5_000, 3, 32, 32), (10_000, 3, 32, 32)]
    assert counts(whole.train, whole.validation) == [5000] * 10
    assert counts(whole.test) == [1000] * 10
    assert (whole.classes, whole.class_names) == (10, CIFAR_NAMES)
    assert whole.augment == Augment(crop=4, flip=True)
    row = pl.read_parquet(data_files(real / "cifar10").test[0]).row(0, named=True)
    assert int(whole.test.labels[0]) == row["label"]
    assert np.array_equal(whole.test.inputs[0].permute(1, 2, 0), Image.open(io.BytesIO(row["img"]["bytes"])))
    close_to_normal(whole, 0.03)


def close_to_normal(whole, tolerance):
    """The published constants are those of this data."""
    values = whole.prepare(whole.train.inputs[:20_000]).transpose(0, 1).flatten(1)
    assert values.mean(1).abs().max() < tolerance
    assert (values.std(1) - 1).abs().max() < tolerance


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_every_training_image_is_in_one_split_once(real, name):
    whole, original = task(f"{name}/mlp"), cached_images(data_files(real / name).train)
    kept = torch.cat([whole.train.inputs, whole.validation.inputs]).numpy()
    assert sorted(map(digest, kept)) == sorted(map(digest, original.pixels))


def digest(image):
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


@pytest.mark.slow
def test_the_second_time_nothing_is_decoded(real, monkeypatch):
    before = {name: task(name).fingerprint for name in ("mnist/mlp", "cifar10/mlp")}
    for remembered in (_catalogue._load_checked, _images.read_splits):
        remembered.cache_clear()
    monkeypatch.setattr(_decode, "decode_image", lambda *args: pytest.fail("decoded again"))
    assert {name: task(name).fingerprint for name in before} == before


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cnn", "convnet", "googlenet", "lenet", "resnet18", "resnet50"])
@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_every_model_takes_the_images(real, dataset, model):
    whole = task(f"{dataset}/{model}(images=100)")
    with torch.no_grad():
        assert whole.model().eval()(whole.prepare(whole.test.inputs[:2])).shape == (2, 10)
