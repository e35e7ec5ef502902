import io
import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

from lrlab.tasks import _catalogue, _hub, _images


def encoded(array, kind="PNG"):
    """An image (C, H, W) as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0)).save(buffer, kind)
    return buffer.getvalue()


def picture(rng, channels=3, height=8, width=8):
    return rng.integers(0, 256, (channels, height, width), dtype=np.uint8)


def write(path, images, labels, image="image", label="label", names=None, plain=False):
    """A parquet file in the layout of Hugging Face; images are arrays (C, H, W) or bytes as they are."""
    files = [encoded(array) if isinstance(array, np.ndarray) else array for array in images]
    cells = files if plain else [{"bytes": data, "path": f"{row}.png"} for row, data in enumerate(files)]
    kind = pl.Binary if plain else pl.Struct({"bytes": pl.Binary, "path": pl.String})
    frame = pl.DataFrame({image: pl.Series(cells, dtype=kind), label: labels})
    features = {label: {"names": names, "_type": "ClassLabel"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, metadata={"huggingface": json.dumps({"info": {"features": features}})} if names else None)
    return path


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder that LRLAB_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LRLAB_DATA", str(folder))
    return folder


@pytest.fixture
def flowers(data):
    """A data set of 40 colour images to train on and 10 to test on, three classes; the arrays it was made of."""
    return make_set(data / "flowers")


def make_set(folder, train=40, test=10, **shape):
    rng = np.random.default_rng(5)
    arrays = {}
    for part, count in (("train", train), ("test", test)):
        arrays[part] = np.stack([picture(rng, **shape) for _ in range(count)])
        write(folder / f"{part}-00000-of-00001.parquet", arrays[part], np.arange(count) % 3, names=["a", "b", "c"])
    return arrays


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No test reads or fills the user's cache, or meets what another test left in memory."""
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LRLAB_DATA", raising=False)
    for remembered in (_catalogue._load_checked, _images.read_splits, _hub.fetch):
        remembered.cache_clear()
    return tmp_path / "cache"
