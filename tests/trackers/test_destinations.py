"""Where trackers keep runs, as the environment says, and whether what was written is still there."""

import pytest

from lrlab.trackers import TrackerPlace

NOWHERE = ("WANDB_MODE", "WANDB_DIR", "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY", "MLFLOW_TRACKING_URI", "NETRC")


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """A machine on which nobody has logged in to anything."""
    for name in (*NOWHERE, "TRACKIO_DIR", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_where_wandb_keeps_runs_is_its_folder_or_its_project(at_home, monkeypatch):
    def found():
        return TrackerPlace("wandb", "mine").destination(at_home / "elsewhere")

    assert found() == (f"mine offline in {at_home}", (at_home / "wandb", at_home / ".wandb"))
    assert found().is_gone
    (at_home / "wandb").mkdir()
    assert not found().is_gone
    monkeypatch.setenv("WANDB_DIR", "runs")
    assert found().files[0] == at_home / "runs" / "wandb"
    (at_home / ".netrc").write_text("machine api.wandb.ai login user password secret\n")
    assert found() == ("mine", ())
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    assert found().text == f"mine offline in {at_home / 'runs'}"  # the key is for another server
    monkeypatch.setenv("WANDB_API_KEY", "secret")
    monkeypatch.setenv("WANDB_ENTITY", "team")
    assert found() == ("mine https://wandb.example team", ())
    assert not found().is_gone  # nothing is known of a server
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert found().is_gone


@pytest.mark.parametrize(
    ("uri", "text", "files"),
    [
        ("sqlite:///runs.db", "sqlite:///{home}/runs.db", ["runs.db"]),
        ("file:{home}/my%20runs", "{home}/my runs", ["my runs"]),
        ("mlruns", "{home}/mlruns", ["mlruns"]),
        ("http://host:5000", "http://host:5000", []),
        ("postgresql://host/base", "postgresql://host/base", []),
        ("databricks", "databricks", []),
        ("", "in {home}", ["mlflow.db", "mlruns"]),
    ],
)
def test_where_mlflow_keeps_runs_is_seen_from_here(at_home, monkeypatch, uri, text, files):
    expected = text.format(home=at_home), tuple(at_home / file for file in files)
    assert TrackerPlace("mlflow", uri.format(home=at_home)).destination(at_home) == expected
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(home=at_home))
    assert TrackerPlace("mlflow").destination(at_home) == expected


def test_where_trackio_keeps_runs_is_its_folder(at_home, monkeypatch):
    usual = at_home / ".cache" / "huggingface" / "trackio"
    assert TrackerPlace("trackio").destination(at_home) == (f"lrlab in {usual}", (usual,))
    monkeypatch.setenv("TRACKIO_DIR", "runs")
    assert TrackerPlace("trackio").destination(at_home).files == (at_home / "runs",)
