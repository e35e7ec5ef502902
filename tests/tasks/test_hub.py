from pathlib import Path

import huggingface_hub
import numpy as np
import pytest

from lrlab.errors import TaskError
from lrlab.tasks import get, resolve

from .conftest import make_set, picture, write


class Hub:
    """A hub of folders: main and the converted branch of every data set."""

    def __init__(self, main: Path | None, converted: Path | None = None):
        self.folders, self.asked = {None: main, "refs/convert/parquet": converted}, []

    def __call__(self, *, repo_id, repo_type, allow_patterns, revision):
        assert (repo_type, allow_patterns) == ("dataset", "*.parquet")
        self.asked.append((repo_id, revision))
        folder = self.folders[revision]
        if folder is None:
            raise OSError("404 Client Error.\n\nRepository Not Found for url")
        return str(folder)


@pytest.fixture
def hub(monkeypatch):
    def use(*folders):
        made = Hub(*folders)
        monkeypatch.setattr(huggingface_hub, "snapshot_download", made)
        return made

    return use


def task(name):
    return get(resolve(name).where)


def test_a_set_of_the_hub_is_a_task(hub, tmp_path):
    make_set(tmp_path / "main" / "data")
    asked = hub(tmp_path / "main").asked
    whole = task("hub:owner/Some-Set/mlp(images=5)")
    assert [len(split.labels) for _, split in whole.splits()] == [5, 4, 10]
    assert task("hub:owner/Some-Set/mlp(width=2)").classes == 3
    assert asked == [("owner/Some-Set", None)]


def test_a_set_without_parquet_is_taken_from_the_converted_branch(hub, tmp_path):
    (tmp_path / "main").mkdir()
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        images = [picture(rng) for _ in range(20)]
        write(tmp_path / "converted" / "default" / part / "0000.parquet", images, np.arange(20) % 2)
    asked = hub(tmp_path / "main", tmp_path / "converted").asked
    assert [len(split.labels) for _, split in task("hub:owner/name/mlp").splits()] == [18, 2, 20]
    assert asked == [("owner/name", None), ("owner/name", "refs/convert/parquet")]


def test_a_set_that_cannot_be_fetched_says_the_way_out(hub, tmp_path):
    hub(None)
    with pytest.raises(TaskError, match=r"owner/name cannot be fetched .* OSError: 404 Client Error.; check the name"):
        task("hub:owner/name/mlp")
    (tmp_path / "main").mkdir()
    hub(tmp_path / "main")
    with pytest.raises(TaskError, match="holds no training data"):
        task("hub:owner/name/mlp")


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(TaskError, match=r'the package huggingface-hub: pip install "lrlab\[data\]"'):
        task("hub:owner/name/mlp")
