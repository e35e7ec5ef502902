"""Pages of several studies in one folder: each has its own, and none is written over."""

import os
import subprocess
import sys

import pytest

from lrlab.report import free_page, mark, write_page
from support.results import example_results


def written(folder, results):
    data = results.confirmed[0].trial.data
    page = free_page(folder, results.study.name, mark(results.study, data))
    write_page(results, page)
    return page.name


def test_each_study_of_a_name_has_a_page_and_finds_it_again(tmp_path):
    studies = [example_results(schedules=("constant", other)) for other in ("cosine", "linear", "one_cycle")]
    names = ["example.html", "example-2.html", "example-3.html"]
    assert [written(tmp_path, results) for results in studies] == names
    before = {name: (tmp_path / name).read_bytes() for name in names}
    assert [written(tmp_path, results) for results in reversed(studies)] == names[::-1]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_same_study_of_other_data_has_another_page(tmp_path):
    results = example_results(schedules=("constant", "cosine"))
    assert written(tmp_path, results) == "example.html"
    changed = tuple(
        record.model_copy(update={"trial": record.trial.model_copy(update={"data": "1" * 16})})
        for record in results.confirmed
    )
    assert written(tmp_path, results.model_copy(update={"confirmed": changed})) == "example-2.html"


@pytest.mark.parametrize("text", ["", "<html>mine</html>", "x" * 5000])
def test_a_file_that_is_no_page_of_lrlab_stays(tmp_path, text):
    (tmp_path / "example.html").write_text(text)
    assert written(tmp_path, example_results()) == "example-2.html"
    assert (tmp_path / "example.html").read_text() == text


def test_a_folder_of_that_name_and_a_missing_folder_do_not_stop_the_search(tmp_path):
    (tmp_path / "example.html").mkdir()
    assert free_page(tmp_path, "example", "k").name == "example-2.html"
    assert free_page(tmp_path / "none", "example", "k").name == "example.html"
    (tmp_path / "file").touch()
    assert free_page(tmp_path / "file", "example", "k").name == "example.html"


def test_a_draft_that_a_killed_process_left_is_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    kept = {f".example.html.{os.getppid()}", ".example.html.mine", f".other.html.{gone.pid}"}
    for name in {*kept, f".example.html.{gone.pid}", f".example.html.{10**30}"}:
        (tmp_path / name).touch()
    assert written(tmp_path, example_results()) == "example.html"
    assert {file.name for file in tmp_path.iterdir()} == {*kept, "example.html"}
