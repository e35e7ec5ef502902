"""The index of a store: its words, its links, and whose file it may write over."""

from pathlib import Path

import pytest

from lrlab.report import RunLine, date_words, index_place, noted_words, request_words, write_run_index
from lrlab.report._run_index import link_between
from support.reader import read_page
from support.results import example_results

NOTED = ("n", "words")
LINE = RunLine(
    "0123abcd", "mine", "digits", "2026-11-30T02:53:26+00:00", "asked", "9 trials", "Use a", "Use a.", None, NOTED
)


def test_what_was_asked_names_few_schedules_and_the_budget():
    study = example_results(schedules=("constant", "cosine", "linear", "one_cycle", "rex", "wsd", "step")).study
    words = "constant, cosine, linear, one_cycle, rex and 2 more on example: 4 epochs, 4 seeds"
    assert request_words(study, None) == words
    assert request_words(study, 90.0) == f"{words}, within 1 min 30 s"


@pytest.mark.parametrize("date", ["", "yesterday", "2026-13-40T00:00"])
def test_a_date_that_is_none_is_said(date):
    assert date_words(date) == "no date"


def test_links_are_quoted_and_lead_there():
    page = Path("/a/index.html")
    assert link_between(page, Path("/a/mine-1.html")) == "mine-1.html"
    assert link_between(page, Path("/b/c d?#%.html")) == "../b/c%20d%3F%23%25.html"


def test_an_index_is_written_over_by_its_own_store_alone(tmp_path):
    for name, file in {"records.db": "index.html", "other.db": "index-2.html", "\"'<b>.db": "index-3.html"}.items():
        store = tmp_path / name
        assert index_place(tmp_path, store).name == file
        write_run_index([LINE._replace(headline=name, answer=name)], index_place(tmp_path, store), store)
        assert index_place(tmp_path, store).name == file
        assert noted_words(tmp_path / file) == {"n": "words"}
    assert ("b", {}) not in read_page(tmp_path / "index-3.html").tags


def test_an_index_of_nothing_says_so(tmp_path):
    write_run_index([], tmp_path / "index.html", tmp_path / "records.db")
    assert "No study was run yet." in (tmp_path / "index.html").read_text(encoding="utf-8")
