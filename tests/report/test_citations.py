"""BibTeX of exactly the schedules that were compared."""

import re

import pytest

from lrlab.report import bibtex_of
from lrlab.report._citations import results_bibtex, sources_of
from lrlab.rules import RULES
from lrlab.schedules import SCHEDULES, parse
from support.results import example_results


@pytest.mark.parametrize("cls", [*SCHEDULES.values(), *RULES.values()], ids=lambda cls: cls.name)
def test_every_schedule_names_a_source_and_its_year_where_there_is_one(cls):
    sources = sources_of(cls.__doc__)
    assert sources
    for source in sources:
        assert source.title
        assert not source.authors or re.fullmatch(r"\d{4}", source.year)
        entry = source.bibtex()
        assert entry.count("{") == entry.count("}")
        assert re.match(r"@misc\{[a-z0-9]+,\n", entry)


def test_authors_are_told_apart():
    text = bibtex_of([parse("tanh"), parse("step")], "1.0")
    assert "author = {Hsueh and Li and Wu}" in text
    assert "author = {Ge and others}" in text
    assert "@software{lrlab," in text
    assert "version = {1.0}" in text


def test_works_are_of_these_schedules_and_their_parts_each_once():
    text = bibtex_of([parse("warmup+cosine"), parse("sgdr")], "0")
    assert text.count("https://arxiv.org/abs/1608.03983") == 1
    assert "Accurate, Large Minibatch SGD" in text
    assert "Cyclical" not in text
    assert "Cyclical" in results_bibtex(example_results(schedules=("cyclic", "cosine")))


def test_an_unlinked_work_is_cited_too():
    (first, second) = sources_of(SCHEDULES["seq1"].__doc__)
    assert first == ("Yang & Huang", "Learning Rate Investigation", "", "2019")
    assert second.authors == "Robbins & Monro"
    assert sources_of("A schedule of my own.") == []
