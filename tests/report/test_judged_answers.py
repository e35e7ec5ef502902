"""A judgement for a terminal, for scripts and for notebooks."""

import json

import pytest
from rich.cells import cell_len

from lrlab.report import judgement_answer, judgement_html, judgement_json, judgement_parts
from lrlab.report._judged_table import judged_table
from lrlab.report._judged_words import judged_pair_sentence, reading_lines
from support.judgements import example_judgement, example_values


@pytest.fixture(scope="module")
def judgement():
    return example_judgement(is_paired=False)


def test_a_terminal_shows_table_answer_pairs_and_how_it_was_read(judgement):
    parts = {part.name: part for part in judgement_parts(judgement, None)}
    assert list(parts) == ["the table", "the answer", "the pairs", "how it was read"]
    lines = parts["the table"].text().splitlines()
    assert [line.split()[0] for line in lines[3:]] == [arm.label for arm in judgement.arms]
    assert parts["the answer"].text() == judgement_answer(judgement)
    said = parts["the pairs"].text().splitlines()
    assert said[0] == f"- {judged_pair_sentence(judgement.pairs[-1], judgement)}"  # the one with a verdict
    assert len(said) == len(judgement.pairs)
    assert parts["how it was read"].text().splitlines()[1:] == reading_lines(judgement)
    assert [name for name, part in parts.items() if part.style == "bold"] == ["the answer"]
    assert [name for name, part in parts.items() if part.unbroken] == ["the table"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_the_width(judgement, width):
    text = judgement_parts(judgement, width)[0].text()
    assert max(map(cell_len, text.splitlines())) <= width


def test_json_has_the_answer_first_and_goes_back_to_the_judgement(judgement):
    data = json.loads(json.dumps(judgement_json(judgement)))
    assert next(iter(data)) == "answer"
    assert data["answer"] == judgement_answer(judgement)
    assert [pair["text"] for pair in data["pairs"]] == [judged_pair_sentence(p, judgement) for p in judgement.pairs]
    del data["answer"]
    for pair in data["pairs"]:
        del pair["text"]
    assert [arm.pop("missing") for arm in data["arms"]] == [0, 0, 0, 0]
    assert type(judgement).model_validate(data) == judgement


def test_a_notebook_shows_the_answer_and_its_table(judgement):
    text = judgement_html(judgement)
    assert judgement_answer(judgement) in text
    assert all(cell in text for row in judged_table(judgement).rows for cell in row)
    assert "<script" not in text


def test_what_a_name_holds_is_text_in_a_notebook():
    text = judgement_html(example_judgement(example_values(("<script>alert(1)</script>", "{{ b }}"))))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{ b }}" in text
