"""BibTeX of exactly the schedules that were compared."""

import re

import pytest

from lrlab.report import bibtex_of
from lrlab.report._citations import optimizer_work, results_bibtex, sources_of
from lrlab.rules import RULES
from lrlab.schedules import AVERAGES, SCHEDULES, parse
from lrlab.spec import OPTIMIZERS
from support.results import example_results, own_loop_results, with_optimizers


@pytest.mark.parametrize("cls", [*SCHEDULES.values(), *RULES.values(), *AVERAGES.values()], ids=lambda cls: cls.name)
def test_every_schedule_names_a_source_and_its_year_where_there_is_one(cls):
    sources = sources_of(cls.__doc__)
    assert sources
    for source in sources:
        assert source.title
        assert not source.authors or re.fullmatch(r"\d{4}", source.year)
        entry = source.bibtex()
        assert entry.count("{") == entry.count("}")
        assert re.match(r"@misc\{[a-z0-9]+,\n", entry)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_names_authors_title_and_year(name):
    work = optimizer_work(name)
    assert re.fullmatch(r"(19|20)\d{2}", work.year)
    assert work.url.startswith("https://")
    assert work.title[0].isalpha()
    assert re.fullmatch(r"[A-Z]\w+(?: & [A-Z]\w+| et al\.)?", work.authors)


def test_averages_and_optimizers_that_were_used_are_cited():
    text = results_bibtex(example_results(schedules=("constant", "constant+swa@lion")))
    assert all(title in text for title in ("Wider Optima", "Symbolic Discovery", "momentum in deep learning"))
    assert "Adam" not in text
    assert "Tieleman" in results_bibtex(with_optimizers(["rmsprop", "adam"]))
    assert "momentum in deep learning" not in results_bibtex(own_loop_results(example_results()))


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
