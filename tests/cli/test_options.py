"""How what users type becomes values."""

import os

import pytest
import typer
from typer.testing import CliRunner

from lrlab.api import seconds_of
from lrlab.api._options import read_run_options
from lrlab.api._question import study_name
from lrlab.cli._app import FAULT, app
from lrlab.cli._options import file_place, numbers_of, optimizer_of_words
from lrlab.errors import StudyError
from lrlab.lab import check_device


@pytest.mark.parametrize(
    "texts",
    [["1e-3,3E-3,.01"], ["1e-3, 3e-3 , 0.01"], ["1e-3 3e-3 1e-2"], ["1e-3", "3e-3,1.e-2"], ["1e-3", "3e-3", "0.01"]],
)
def test_numbers_in_every_notation(texts):
    assert numbers_of(texts, "peaks") == [0.001, 0.003, 0.01]


@pytest.mark.parametrize("text", ["", " ", "0.1;0.2", "0.1,", ",", "nano", "inf", "1_0", "0x1", "²", "−1", "x" * 500])
def test_what_is_no_number_says_how_to_write_one(text):
    with pytest.raises(StudyError, match=r"peaks are numbers separated by commas, .*; write peaks like 0.01,0.03,1e-1"):
        numbers_of([text], "peaks")


@pytest.mark.parametrize("text", ["", "-5", "0", "0s", "-5s", "nan", "9" * 400 + "s", "1e9s", "5 parsecs", "s"])
def test_a_budget_that_is_none_says_how_to_write_one(text):
    with pytest.raises(StudyError, match=r'a budget is a duration, .*; write "90s", "5m" or "1h30m"'):
        seconds_of(text)


@pytest.mark.parametrize(
    "device",
    ["cuda:²", "cuda:-1", "cuda:" + "9" * 20, "cuda:", "cuda:1:2", "mps", "gpu", "", "cuda: 1", "cudax", "CPU2"],
)
def test_a_device_that_is_none_says_which_there_are(device):
    with pytest.raises(StudyError, match=r'a device is "cpu", "cuda" or "cuda:1", but got .*; leave out --device'):
        check_device(device)


def test_an_option_never_writes_over_a_field_of_the_optimizer():
    assert optimizer_of_words("sgd(momentum=0.5)", 0.5, None)["momentum"] == 0.5
    assert optimizer_of_words("sgd(nesterov=true)", 0.8, 0.1)["momentum"] == 0.8  # 0.9 is not written
    with pytest.raises(
        StudyError, match=r"momentum is 0.5 in --optimizer and 0.9 in --momentum; leave one of them out"
    ):
        optimizer_of_words("sgd(momentum=0.5)", 0.9, None)
    with pytest.raises(StudyError, match=r"weight_decay is 0 in --optimizer and 0.1 in --weight-decay; leave one of"):
        optimizer_of_words("adamw(weight_decay=0)", None, 0.1)


def options_of(**changes):
    usual = {"store": None, "workers": None, "engine": "auto", "device": "cpu", "max_seconds": None, "keep": False}
    return read_run_options(**usual | {"data_dir": None, "progress": False, "began": 0.0} | changes)


def test_devices_and_engines_in_any_case():
    options = options_of(engine=" Stacked", device="CPU ")
    assert (options.engine, options.device) == ("stacked", "cpu")


@pytest.mark.parametrize("name", ["", ".", "/", "x" * 300, "~nouser/x.db", "folder"])
def test_a_place_where_no_file_can_be_is_refused(name, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.BadParameter, match=r"is a folder; name a file|there can be no file"):
        file_place(type(tmp_path)(name))
    done = CliRunner().invoke(app, ["report", "--store", name])
    assert done.exit_code == 2
    assert "--store" in done.stderr
    assert not list(tmp_path.rglob("*.lock"))


def test_the_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert file_place(type(tmp_path)("~/x.db")) == tmp_path / "x.db"


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("digits/mlp", "compare-digits-mlp"),
        ("any/folder/mine.py:task", "compare-mine-task"),
        ("any/folder/mine.py", "compare-mine"),
        ("my.pytorch.py", "compare-my-pytorch"),
        ("x" * 200 + ".py:task", "compare-" + "x" * 72),
    ],
)
def test_a_comparison_is_named_after_its_task(task, name):
    assert study_name(task) == name


@pytest.mark.parametrize("error", [ValueError("red\x1b[31m"), RecursionError("deep"), KeyError("x"), MemoryError()])
def test_a_fault_of_our_own_is_one_line_and_the_rest_on_demand(error, monkeypatch):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr("lrlab.api._stored.Store", fails)
    done = CliRunner().invoke(app, ["report"])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"lrlab: {FAULT}: {type(error).__name__}")
    assert "LRLAB_TRACEBACK=1 shows where" in done.stderr
    assert done.stderr.rstrip("\n").isprintable()
    shown = CliRunner().invoke(app, ["report"], env={"LRLAB_TRACEBACK": "1"})
    assert "Traceback" in shown.stderr


def test_what_the_system_refuses_is_told(monkeypatch):
    def fails(*_, **__):
        raise PermissionError(13, "Permission denied", "records.db")

    monkeypatch.setattr("lrlab.api._stored.Store", fails)
    done = CliRunner().invoke(app, ["report"])
    assert done.exit_code == 2
    assert "the system refuses: [Errno 13] Permission denied: 'records.db'; mend that and run again" in done.stderr


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_time_that_never_comes_is_no_limit(seconds):
    with pytest.raises(StudyError, match=r"max_seconds is a finite number, but got .*; give one, or leave it out"):
        options_of(max_seconds=seconds)


def test_paths_are_shown_without_what_moves_a_cursor(tmp_path):
    done = CliRunner().invoke(app, ["doctor", "--data-dir", f"{tmp_path}/red\x1b[31m"])
    assert r"red\x1b[31m" in done.stdout
    done = CliRunner().invoke(app, ["show", "cosine", "--png", f"{tmp_path}/\u202e.svg"])
    assert done.stdout == f"Saved {tmp_path}/\\u202e.svg\n"


def test_peaks_that_a_blank_cut_off_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["compare", "digits/mlp", "constant", "--peaks", "1e-3", "3e-3"])
    assert done.exit_code == 2
    assert "3e-3 is a number, not a schedule; write peaks with commas, as in --peaks 0.01,3e-3" in done.stderr


@pytest.mark.parametrize("held", [b"SQLite format 3", b"import lrlab", b"x", b"name: study"])
def test_a_page_never_takes_the_place_of_another_file(held, tmp_path):
    (tmp_path / "mine").write_bytes(held)
    done = CliRunner().invoke(app, ["report", "--page", str(tmp_path / "mine")])
    assert done.exit_code == 2
    assert "is a file that is no page, and would be lost; name another" in done.stderr
    (tmp_path / "old.html").write_text("<!DOCTYPE html>")
    done = CliRunner().invoke(app, ["report", "--page", str(tmp_path / "old.html"), "--store", str(tmp_path / "s.db")])
    assert "there is no store" in done.stderr


@pytest.mark.parametrize("option", ["--store", "--page", "--png"])
def test_pipes_and_devices_are_not_written_over(option, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("/dev/null", str(tmp_path / "pipe")):
        done = CliRunner().invoke(app, ["report", option, name])
        assert done.exit_code == 2
        assert "is a pipe or a device, and no plain file; name another" in done.stderr
