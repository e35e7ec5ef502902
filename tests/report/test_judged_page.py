"""The page of a judgement as text, its figures' numbers, and its still picture."""

import re

import numpy as np
import pytest

from lrlab.errors import LabError
from lrlab.report import judgement_mark, write_judgement_page
from lrlab.report._judged_figures import judged_figures, shared_seeds
from lrlab.report._judged_words import judged_pair_sentence, judgement_details, judgement_headline, reading_lines
from lrlab.report._strips import EDGE, WIDTH, strips_of
from lrlab.spec import Metric
from support.judgements import example_judgement, example_values
from support.reader import read_page, words


def read(judgement, tmp_path):
    write_judgement_page(judgement, tmp_path / "page.html")
    return read_page(tmp_path / "page.html")


def figures(judgement):
    return {figure.name: figure for figure in judged_figures(judgement)}


def test_the_page_has_everything_in_order(tmp_path):
    judgement = example_judgement(is_paired=False, steps=5)
    text = words(read(judgement, tmp_path)).replace("\N{NO-BREAK SPACE}", " ")
    order = [
        "accuracy of linear, cosine, constant and step",
        "final value of accuracy, higher is better · 40 runs · runs.csv",
        judgement_headline(judgement),
        judgement_details(judgement)[0],
        "Arms, best first",
        judged_pair_sentence(judgement.pairs[-1], judgement),
        "Arms and their runs",
        "Differences",
        "Curves",
        "How the runs were read and judged",
        *reading_lines(judgement),
    ]
    places = [text.rindex(word) for word in order]
    assert places == sorted(places)


@pytest.mark.parametrize("questions", ["leader", "baseline", "pairs"])
@pytest.mark.parametrize("is_paired", [True, False])
def test_nothing_is_fetched_and_every_arm_is_there(tmp_path, questions, is_paired):
    judgement = example_judgement(questions=questions, is_paired=is_paired)
    reader = read(judgement, tmp_path)
    for tag, attributes in reader.tags:
        assert tag not in {"link", "iframe", "img", "object"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert sum(tag == "script" for tag, _ in reader.tags) == 4
    text = words(reader)
    assert all(arm.label in text for arm in judgement.arms)
    assert ("Seed by seed" in text) == is_paired


def test_odd_names_are_text(tmp_path):
    labels = ("<script>x</script>", "{{ 7 * 7 }}", "נסיון", "y" * 300)
    judgement = example_judgement(
        example_values(labels), metric=Metric(name="<b>err</b>"), sources=("<i>.csv", *map(str, range(9)))
    )
    reader = read(judgement, tmp_path)
    assert sum(tag == "script" for tag, _ in reader.tags) == 4
    assert not {"b", "i"} & {tag for tag, attributes in reader.tags if not attributes}
    assert all(label in words(reader) for label in labels)
    assert "<i>.csv" in words(reader)


def test_the_same_judgement_gives_the_same_bytes(tmp_path):
    for name in ("a.html", "b.html"):
        write_judgement_page(example_judgement(steps=5), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_page_that_cannot_be_written_says_the_way_out(tmp_path):
    with pytest.raises(LabError, match=r"cannot write .*no/page.html.*name a file in a folder that exists"):
        write_judgement_page(example_judgement(), tmp_path / "no" / "page.html")


def test_the_mark_is_of_the_question_not_of_its_answer(tmp_path):
    ours = judgement_mark(example_judgement())
    later = judgement_mark(example_judgement(example_values(runs=8)))
    assert ours == later != judgement_mark(example_judgement(sources=("other.csv",)))
    write_judgement_page(example_judgement(), tmp_path / "page.html")
    assert f'content="{ours}"' in (tmp_path / "page.html").read_text(encoding="utf-8")[:2000]


def test_figures_show_every_run_every_pair_and_every_curve():
    judgement = example_judgement(steps=7)
    found = figures(judgement)
    assert list(found) == ["arms", "differences", "seeds", "curves"]
    rows = found["arms"].chart.rows
    assert [len(row.runs) for row in rows] == [10] * 4
    places, values = np.array([at for at, _ in rows[0].runs]), np.array(judgement.arms[0].values)
    assert np.corrcoef(places, values)[0, 1] == pytest.approx(1, abs=1e-4)
    assert len(found["differences"].chart.rows) == len(judgement.pairs) == len(found["differences"].numbers.rows)
    (seeds,), (curves,) = found["seeds"].chart.panels, found["curves"].chart.panels
    np.testing.assert_allclose(seeds.lines[0].y, values * 100, rtol=1e-5)
    assert [line.label for line in curves.lines] == [arm.label for arm in judgement.arms]
    assert curves.x.title == "step"


def test_runs_without_a_value_are_drawn_nowhere():
    values = example_values()
    values["cosine"][2] = None
    values["step"] = [None] * 10
    found = figures(example_judgement(values, leader="linear"))
    runs = {row.text.partition(":")[0]: row.runs for row in found["arms"].chart.rows}
    assert (len(runs["cosine"]), len(runs["step"])) == (9, 0)
    assert 2 not in next(line for line in found["seeds"].chart.panels[0].lines if line.label == "cosine").x
    assert "step: no value" in [row.text for row in found["arms"].chart.rows]


def test_only_seeds_that_arms_share_are_joined():
    judgement = example_judgement()
    first = judgement.arms[0].model_copy(update={"seeds": (*map(str, range(9)), "alone")})
    assert shared_seeds(judgement.model_copy(update={"arms": (first, *judgement.arms[1:])})) == list(
        map(str, range(10))
    )
    alone = judgement.model_copy(update={"arms": judgement.arms[:1]})
    assert shared_seeds(alone) == []


def test_many_seeds_with_long_names_leave_most_names_out():
    runs = 60
    judgement = example_judgement(example_values(("a", "b"), runs=runs))
    arms = tuple(
        arm.model_copy(update={"seeds": tuple(f"run-{n:030d}" for n in range(runs))}) for arm in judgement.arms
    )
    (panel,) = figures(judgement.model_copy(update={"arms": arms}))["seeds"].chart.panels
    assert len(panel.x.ticks) == 20
    assert max(len(text) for _, text in panel.x.ticks) <= 12


def test_a_curve_of_a_share_is_in_per_cent_whatever_is_judged():
    values = {label: [1000 * v for v in run] for label, run in example_values(higher_is_better=False).items()}
    judgement = example_judgement(values, what="steps to 0.9", steps=5)
    curves = tuple(curve.model_copy(update={"means": (0.1, 0.5, 0.7, 0.8, 0.9)}) for curve in judgement.curves)
    found = figures(judgement.model_copy(update={"curves": curves}))["curves"]
    assert found.chart.panels[0].title == "Accuracy (%)"
    assert found.chart.panels[0].lines[0].y[-1] == 90


def test_strips_lie_on_one_axis_with_round_numbers():
    ticks, strips = strips_of({"a": (95.0, 94.0, 96.0), "b": (91.0, 90.0, 92.0)})
    assert [tick.value for tick in ticks] == [90, 91, 92, 93, 94, 95, 96]
    assert (strips["b"].low, strips["a"].high) == (EDGE, WIDTH - EDGE)
    assert strips["a"].low == ticks[4].x
    assert strips_of({}) == ((), {})
    same_ticks, same = strips_of({"a": (0.0, 0.0, 0.0)})
    assert same_ticks[0].x == same["a"].point == EDGE


def test_numbers_of_pairs_hold_what_the_picture_cannot():
    rows = figures(example_judgement(is_paired=False))["differences"].numbers
    cells = dict(zip(rows.header, rows.rows[0], strict=True))
    assert (cells["first"], cells["second"], cells["first is better in"]) == ("linear", "step", "100 %")
    assert (cells["runs"], cells["compared"]) == ("10 and 10", "as two samples")
    assert re.fullmatch(r"< 0\.001", cells["Welch p"])
    assert [row[-1] for row in rows.rows] == ["", "42", "42"]
