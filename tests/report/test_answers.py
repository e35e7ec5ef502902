"""An answer in parts: for a terminal, for scripts and for notebooks, each part whatever becomes of the others."""

import json
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len

from lrlab.errors import RunError, StudyError
from lrlab.report import (
    Faults,
    _answers,
    answer,
    answer_notes,
    claim_sentence,
    code_part,
    code_to_paste,
    html_answer,
    json_answer,
    lines_to_paste,
    markdown_answer,
    study_answer,
    terminal_answer,
    verdict_part,
)
from lrlab.spec import Metric
from support.results import example_results


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=10)


def fail(*_):
    raise ZeroDivisionError("a fault of\nmany lines")


def test_a_terminal_shows_the_verdict_the_table_what_else_was_asked_and_notes_in_this_order(results):
    parts = {part.name: part for part in terminal_answer(results, None)}
    shown = study_answer(results)
    assert list(parts) == [
        "the answer",
        "how it stands",
        "how it was chosen",
        "the table",
        "what else was asked",
        "the notes",
        "how far it carries",
    ]
    lines = parts["the table"].text().splitlines()
    assert not lines[0]
    assert [line.split()[0] for line in lines[4 : 4 + len(results.rows)]] == [row.label for row in results.rows]
    assert parts["the answer"].text() == shown.headline == verdict_part(results).text()
    assert parts["how it stands"].text() == shown.standing
    assert parts["the notes"].text() == " ".join(answer_notes(results)) != ""
    assert [name for name, part in parts.items() if part.unbroken] == ["the table"]
    assert [name for name, part in parts.items() if part.style == "bold"] == ["the answer"]


def test_the_code_is_a_part_of_its_own(results):
    text, code = code_part(results).text(), code_to_paste(results)
    assert code_part(results).unbroken
    assert text.index(code.lrlab) < text.index(code.torch)
    assert code.torch == lines_to_paste(results)
    assert "lrlab" not in code.torch


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_table_fits_the_width_and_says_what_it_leaves_out(results, width, unicode):
    text = terminal_answer(results, width, unicode=unicode)[3].text()
    assert max(map(cell_len, text.splitlines())) <= width
    assert ("No room for" in text) == (width <= 60)
    assert unicode or text.isascii()


@pytest.mark.parametrize("width", [34, 40, 48])
def test_where_nothing_else_can_leave_long_names_are_folded_once_more(width):
    long = "warmup(span=5%)+product(of=[cosine, linear, cosine, linear, cosine, linear])"
    text = terminal_answer(example_results(schedules=("constant", long), confirm_seeds=10), width)[3].text()
    assert max(map(cell_len, text.splitlines())) <= width
    assert "recommended" in text


def test_a_study_without_comparisons_has_nothing_to_say_of_them():
    alone = example_results(schedules=("cosine",))
    assert [part.text() for part in terminal_answer(alone, None)[4:]] == ["", "", ""]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("answer_lines", "the table"),
        ("headline", "the answer"),
        ("standing", "how it stands"),
        ("remarks", "how it was chosen"),
        ("answer_notes", "the notes"),
        ("also_asked", "what else was asked"),
    ],
)
def test_a_part_that_fails_costs_no_other(results, monkeypatch, function, name):
    whole = {part.name: part.text() for part in terminal_answer(results, None)}
    monkeypatch.setattr(_answers, function, fail)
    faults, said = Faults(), {}
    for part in terminal_answer(results, None):
        with faults.apart(part.name):
            said[part.name] = part.text()
    assert said == {key: text for key, text in whole.items() if key != name}
    assert faults.said == [f"{name} failed: ZeroDivisionError: a fault of many lines"]


def test_json_has_rows_claims_choices_and_their_words(results):
    data = json.loads(json.dumps(json_answer(results)))
    assert data["answer"] == answer(results)
    shown = study_answer(results)
    assert (data["headline"], data["standing"]) == (shown.headline, shown.standing)
    assert [row["shown"]["verdict"] for row in data["table"]] == [row.shown.verdict for row in shown.rows]
    assert data["recommended"] == shown.recommended == results.leader
    assert data["code"] == {"lrlab": shown.code.lrlab, "torch": shown.code.torch}
    assert data["notes"] == answer_notes(results)
    assert (data["best"], data["margin"], data["loss_claims"]) == (None, None, [])
    assert data["paste"] == lines_to_paste(results)
    assert [row["label"] for row in data["rows"]] == [row.label for row in results.rows]
    assert [claim["text"] for claim in data["claims"]] == [claim_sentence(claim, results) for claim in results.claims]
    assert len(data["choices"]) == len(results.choices)
    assert data["trials"] == len(results.tuned) + len(results.confirmed)


@pytest.mark.parametrize("function", ["answer", "answer_notes", "lines_to_paste", "claim_sentence"])
def test_json_has_none_for_words_that_cannot_be_made(results, monkeypatch, function):
    monkeypatch.setattr(_answers, function, fail)
    faults = Faults()
    data = json_answer(results, faults)
    assert (data["answer"] is None) == (data["headline"] is None) == (function == "answer")
    assert (data["notes"] is None) == (function == "answer_notes")
    assert (data["paste"] is None) == (function == "lines_to_paste")
    assert len(data["claims"]) == len(results.claims)
    assert len(faults.said) == 1
    with pytest.raises(RunError, match=r"`lrlab report` shows it again"):
        json_answer(results)


def test_nothing_that_failed_is_no_error():
    faults = Faults()
    with faults.apart("this"):
        pass
    faults.end()
    with faults.apart("that"):
        raise StudyError("no")
    with faults.apart("another"):
        raise StudyError("never")
    with pytest.raises(RunError, match=r"^that failed: no; another failed: never\. Everything else was shown"):
        faults.end()


def test_a_stop_is_no_fault():
    with pytest.raises(KeyboardInterrupt), Faults().apart("this"):
        raise KeyboardInterrupt


class Reader(HTMLParser):
    """The tags of a piece of HTML, its cells, and all that is read in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.cells, self.said = set(), [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open += [tag] * (tag != "wbr")
        self.cells += [""] * (tag in ("th", "td"))
        assert not {name for name, _ in attrs if name.startswith(("on", "href", "src"))}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.said += data
        if {"th", "td"} & set(self.open):
            self.cells[-1] += data


def test_a_notebook_shows_the_answer_its_table_and_the_code(results):
    reader, shown = Reader(html_answer(results)), study_answer(results)
    assert not reader.open
    assert not {"script", "button"} & reader.tags
    said, cells = reader.said.replace("\u00a0", " "), " ".join(reader.cells).replace("\u00a0", " ")
    for words in (shown.headline, shown.standing, *shown.remarks, *shown.also, *shown.notes):
        assert words in said
    for row in shown.rows:
        assert all(part in cells for part in (row.label, row.shown.score, row.shown.between, row.shown.verdict))
    assert shown.code.lrlab in reader.said
    assert shown.code.torch in reader.said


def test_markdown_has_the_same_words(results):
    text, shown = markdown_answer(results), study_answer(results)
    assert text.startswith(f"**{shown.headline}**\n\n{shown.standing}\n\n| schedule | shape |")
    assert all(words in text for words in (*shown.also, shown.basis))
    assert "**recommended**" in text


def test_what_a_name_holds_is_text_in_a_notebook():
    name = "<script>alert(1)</script>"
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None)
    reader = Reader(html_answer(results))
    assert "script" not in reader.tags
    assert name in " ".join(reader.cells)
    assert name in reader.said.partition("schedule")[0]
