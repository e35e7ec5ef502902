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
    claimed_first,
    how_to_use,
    html_answer,
    json_answer,
    lines_to_paste,
    table,
    terminal_answer,
)
from lrlab.spec import Metric
from support.results import example_results


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=10)


def fail(*_):
    raise ZeroDivisionError("a fault of\nmany lines")


def test_a_terminal_shows_table_answer_notes_comparisons_and_lines_in_this_order(results):
    parts = {part.name: part for part in terminal_answer(results, None)}
    assert list(parts) == ["the table", "the answer", "the notes", "the comparisons", "the lines to paste"]
    lines = parts["the table"].text().splitlines()
    assert not lines[0]
    assert [line.split()[0] for line in lines[3:]] == [row.label for row in results.rows]
    assert parts["the answer"].text() == answer(results)
    assert parts["the notes"].text() == " ".join(answer_notes(results)) != ""
    sentences = [claim_sentence(claim, results) for claim in claimed_first(results)]
    assert parts["the comparisons"].text().splitlines() == [f"- {sentence}" for sentence in sentences]
    assert parts["the lines to paste"].text() == f"\n{how_to_use(results)}\n\n{lines_to_paste(results)}"
    assert [name for name, part in parts.items() if part.unbroken] == ["the table", "the lines to paste"]
    assert [name for name, part in parts.items() if part.strong] == ["the answer"]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_table_fits_the_width_and_says_what_it_leaves_out(results, width):
    text = terminal_answer(results, width)[0].text()
    assert max(map(cell_len, text.splitlines())) <= width
    assert ("No room for" in text) == (width <= 80)


def test_a_study_without_comparisons_has_nothing_to_say_of_them():
    alone = example_results(schedules=("cosine",))
    assert [part.text() for part in terminal_answer(alone, None)[2:4]] == ["", ""]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("table", "the table"),
        ("answer", "the answer"),
        ("answer_notes", "the notes"),
        ("claim_sentence", "the comparisons"),
        ("lines_to_paste", "the lines to paste"),
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
    assert (data["answer"] is None) == (function == "answer")
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
    """The tags of a piece of HTML, and its cells."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.cells = set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        self.cells += [""] * (tag in ("th", "td"))
        assert not {name for name, _ in attrs if name.startswith(("on", "href", "src"))}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("th", "td"):
            self.cells[-1] += data


def test_a_notebook_shows_the_answer_and_its_table(results):
    text = html_answer(results)
    assert answer(results) in text
    assert all(note in text for note in answer_notes(results))
    reader = Reader(text)
    assert not reader.open
    assert reader.tags == {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    header, rows = table(results)
    assert reader.cells == [*header, *(cell for row in rows for cell in row)]


def test_what_a_name_holds_is_text_in_a_notebook():
    results = example_results(metric=Metric(name="<script>alert(1)</script>", higher_is_better=False), classes=None)
    reader = Reader(html_answer(results))
    assert "script" not in reader.tags
    assert "<script>alert(1)</script>" in reader.cells
