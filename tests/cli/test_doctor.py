"""`lrlab doctor` as a process."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from lrlab.cli._doctor import EXTRAS, _describe_data
from support.command import lrlab


def test_it_says_what_is_there(tmp_path):
    shown = lrlab("doctor", cwd=tmp_path).stdout
    for word in ("Python", "torch", "processors", "graphics card", "compiled part", "data"):
        assert word in shown


def test_without_the_compiled_part_it_says_why_and_what_it_would_bring(tmp_path):
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_NATIVE=str(tmp_path)).stdout)
    assert str(tmp_path) in found["compiled part"]
    assert "everything works without it" in found["compiled part"]


def test_it_says_which_instruction_set_is_used(tmp_path, instruction_set):
    """The fixture sets LRLAB_ISA, which the process is given."""
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path).stdout)["compiled part"]
    assert found.startswith(f"{instruction_set} of plain")
    assert f"liblrlab_lanes_{instruction_set}." in found


def test_an_instruction_set_that_there_is_not_is_told_in_words(tmp_path, needs_native):
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_ISA="avx3").stdout)["compiled part"]
    assert "avx3" in found
    assert "avx512" in found


def test_a_data_folder_is_looked_into(tmp_path):
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "train.parquet").touch()
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_DATA=str(tmp_path)).stdout)
    assert "birds" in found["data"]
    asked = json.loads(lrlab("doctor", "--json", "--data-dir", str(tmp_path), cwd=tmp_path, LRLAB_DATA="").stdout)
    assert asked["data"] == found["data"]
    gone = json.loads(lrlab("doctor", "--json", cwd=tmp_path, LRLAB_DATA=str(tmp_path / "gone")).stdout)
    assert "no folder" in gone["data"]


@pytest.mark.parametrize("place", [".", "train", "data", "data/train", "default/train"])
def test_a_data_set_is_seen_wherever_its_files_may_lie(place, tmp_path):
    (tmp_path / "birds" / place).mkdir(parents=True)
    (tmp_path / "birds" / place / "train-0.parquet").touch()
    (tmp_path / "empty").mkdir()
    assert _describe_data(tmp_path).endswith(": birds")


@pytest.mark.parametrize("variable", ["LRLAB_DATA", "LRLAB_NATIVE"])
def test_a_folder_of_nobody_is_told_in_words(variable, tmp_path):
    lrlab("doctor", cwd=tmp_path, **{variable: "~no-such-user/folder"})


def test_a_torch_that_does_not_load_is_told_in_words(tmp_path):
    (tmp_path / "torch.py").write_text("raise OSError('a library of it is missing')\n")
    found = json.loads(lrlab("doctor", "--json", cwd=tmp_path, code=1, PYTHONPATH=str(tmp_path)).stdout)
    assert "a library of it is missing" in found["torch"]
    assert found["graphics card"] == "not known without torch"
    assert found["data"]


def test_the_optional_packages_are_those_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package, (_, extra) in EXTRAS.items():
        assert package in {re.split("[<>=]", need)[0] for need in project["optional-dependencies"][extra]}
    tools = {"test", "browser", "libraries", "docs", "dev"}
    assert {extra for _, extra in EXTRAS.values()} == set(project["optional-dependencies"]) - tools
