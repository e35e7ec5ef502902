"""A published study's tables, page and pictures: every claim, every number, the scale said everywhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from lrlab.publications import Publication, find_publication, page_of_part, page_place
from lrlab.publications._stills import write_publication_figures
from lrlab.publications._words import claims_note, pair_sentence
from support.publications import example_publication_results
from support.reader import read_page

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def results():
    return example_publication_results()


@pytest.fixture(scope="module")
def page(results, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    results.page(path)
    read_page(path)
    return path.read_text(encoding="utf-8")


def test_every_claim_is_answered_in_every_form(results, page):
    tables, terminal = results.markdown(), results.text()
    for answer in results.answers:
        for text in (tables, terminal):
            assert answer.claim.text in text
        assert f'id="claim-{answer.claim.id}"' in page
    assert {answer.word for answer in results.answers} == {
        "supported",
        "contradicted",
        "undecided",
        "not testable",
    }
    for word in ("supported", "contradicted", "undecided", "not testable"):
        assert word in tables
        assert word.capitalize() in page


def test_every_title_says_the_scale(results, page):
    titles = re.findall(r"^##? .*$", results.markdown(), flags=re.MULTILINE)
    assert titles
    assert all("scale reduced" in title for title in titles if "Remarks" not in title)
    assert page.count("scale: reduced") > len(results.tables)


def test_published_numbers_stand_beside_the_measured_ones(results):
    text = results.markdown()
    for table in results.publication.tables:
        for row in table.rows:
            line = next(line for line in text.splitlines() if line.startswith(f"| {row.label} |"))
            assert line.count("|") > len(row.values)
    found = next(table for table in results.tables if "accuracy" in table.measures)
    place = found.measures.index("accuracy")
    mean = found.cells[0][place].mean
    assert mean is not None
    assert f"{mean * 100:.1f} (" in text


def test_watched_curves_are_marked_and_decisions_and_remarks_are_told(results, page):
    assert "Test data was watched after every epoch" in page
    assert "watched)" in page
    for decision in results.publication.decisions:
        assert decision.topic in page
    for remark in results.publication.remarks:
        assert remark.split("'")[0] in page


def test_the_page_asks_no_network_and_is_the_same_each_time(results, page, tmp_path):
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]+"', page.partition('<script type="application/json"')[0])
    results.page(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_pictures_are_small_and_the_same_each_time(results, tmp_path):
    places = results.figures(tmp_path / "one")
    again = write_publication_figures(results, tmp_path / "two", ("svg",))
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {tmp_path / "one" / name for name in names} == set(places)
    kinds = ("key", "rates", "curves", "confusion")
    formats = ("svg", "pdf", "png", "csv")
    assert names == {f"{part.study.name}-{kind}.{form}" for part in results.parts for kind in kinds for form in formats}
    for path in again:
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()
        assert path.stat().st_size < 400_000


@pytest.fixture(scope="module")
def make_studies():
    """The program that writes the page of studies."""
    found = importlib.util.spec_from_file_location("make_studies", DOCS / "make_studies.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("small", "large", "scale", "so_far"),
    [
        (10, 10, "full", ""),
        (10, 6, "reduced", ""),
        (8, 6, "reduced", ", 8 of 10 seeds so far"),
        (6, 6, "full", ", 6 of 10 seeds so far"),
        (6, 10, "full", ""),
    ],
)
def test_a_claim_is_answered_where_most_seeds_are(results, make_studies, small, large, scale, so_far):
    def at(seeds, name):
        answers = [
            answer.model_copy(
                update={"pairs": tuple(pair.model_copy(update={"seeds": seeds}) for pair in answer.pairs)}
            )
            for answer in results.answers
        ]
        publication = results.publication.model_copy(update={"scale": name})
        return results.model_copy(update={"answers": tuple(answers), "publication": publication})

    found = make_studies.fullest_answers([at(small, "reduced"), at(large, "full")])
    assert len(found) == sum(answer.word != "not testable" for answer in results.answers)
    assert {make_studies._where_words(*each) for each in found} == {f"{scale}{so_far}"}


def test_arms_said_to_be_equal_that_differ_are_not_told_as_claimed(results, page):
    (answer,) = (answer for answer in results.answers if answer.claim.id == "adam-equal")
    assert answer.word == "contradicted"
    (pair,) = answer.pairs
    assert pair.verdict == pair.a
    assert pair_sentence(answer.claim, pair).endswith("seeds: they differ, against the claim")
    for text in (results.markdown(), results.text(), page):
        assert "or, of arms said not to differ, differs" in text
    assert "said not to differ" not in claims_note([each for each in results.answers if not each.claim.equal])


def test_the_page_of_studies_is_what_was_kept(make_studies):
    text = (DOCS / "studies.md").read_text(encoding="utf-8")
    assert text == make_studies.page(), "run `python docs/make_studies.py`"
    assert "| initial-rate, full |" in text


def test_a_published_study_finds_its_page_at_each_scale(results, tmp_path):
    publication = results.publication
    page = results.page(page_place(publication, tmp_path))
    assert page.name == "example-study-reduced.html"
    assert page_place(publication, tmp_path) == page
    page.rename(tmp_path / "example-study-full.html")
    full = Publication.model_validate(publication.model_copy(update={"scale": "full"}))
    assert page_place(full, tmp_path).name == "example-study-full-2.html"


def test_parts_of_a_published_study_have_the_page_of_the_whole(tmp_path):
    plan = find_publication("decay-rules", "smoke")
    assert page_of_part(plan.parts[0], tmp_path) is None
    (tmp_path / "decay-rules-smoke.html").write_text('<meta name="study" content="decay-rules-smoke">')
    assert {page_of_part(part, tmp_path) for part in plan.parts} == {tmp_path / "decay-rules-smoke.html"}
    assert page_of_part(find_publication("decay-rules", "reduced").parts[0], tmp_path) is None
    assert page_of_part(plan.parts[0].model_copy(update={"name": "mine"}), tmp_path) is None


def test_a_page_lies_in_the_current_folder_unless_said(results, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert results.page() == Path("example-study-reduced.html")
    assert results.page().is_file()
