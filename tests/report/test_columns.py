"""The laws of a table on a terminal: it fits, numbers are whole, who and how good never leave, what leaves is said."""

import re
from functools import cache
from itertools import pairwise

import pytest
from rich.cells import cell_len

from lrlab.errors import visible
from lrlab.report import TextTable, fit_table, left_out_note, table
from lrlab.spec import Metric
from support.results import example_results

WIDTHS = (60, 72, 80, 100, 120, 200)
SCHEDULES = {
    "few": ("constant", "cosine", "one_cycle"),
    "many": tuple(f"step(gamma=0.{n}, every=1 epochs)" for n in range(1, 10)),
    "long": (
        "constant",
        "warmup(span=5%)+multi_step(at=[10%, 20%, 30%, 40%, 50%, 60%], gamma=0.123456)",
        "product(of=[cosine(floor=0.125), linear(floor=0.0625), exponential(gamma=0.03125)])",
    ),
    "brackets": ("constant", "product(of=[cosine, linear])", "warmup(span=20%)+product(of=[cosine, linear])"),
}
METRICS = {
    "accuracy": Metric(name="accuracy"),
    "wide": Metric(name="平均絶対誤差の平均", higher_is_better=False),
    "long": Metric(name="mean absolute error of the seventh output in millimetres", higher_is_better=False),
    "unbroken": Metric(name="a_name_without_any_place_where_it_could_be_broken", higher_is_better=False),
    "markup": Metric(name="[red]<b>err</b>", higher_is_better=False),
}
NUMBER = re.compile(r"[-\u2212]?\d[\d.,]*(?:e-?\d+)?")


@cache
def example(schedules=SCHEDULES["few"], seeds=4):
    return example_results(schedules=schedules, confirm_seeds=seeds)


def renamed(results, names):
    """The table under other names, in order."""
    header, rows = table(results)
    return TextTable(header, tuple((name, *row[1:]) for name, row in zip(names, rows, strict=True)))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
@pytest.mark.parametrize("schedules", SCHEDULES.values(), ids=SCHEDULES)
def test_a_table_fits_every_width_with_its_numbers_whole(schedules, metric):
    made = table(example(schedules).model_copy(update={"metric": metric}))
    for width in WIDTHS:
        found = fit_table(made, width)
        assert max(map(cell_len, found.lines)) <= width
        left = [place for place, name in enumerate(made.header) if name not in found.left_out]
        assert left[:3] == [0, 1, 2]
        body = "\n".join(found.lines[next(i for i, line in enumerate(found.lines) if line.startswith("--")) + 1 :])
        for row in made.rows:
            for cell in (row[place] for place in left[1:]):
                assert cell in body
        assert found.cut == ("…" in body)


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_in_a_broken_name_stay_whole(width):
    names = SCHEDULES["long"]
    made = renamed(example(), names)
    column = [line[: min(len(line), width)] for line in fit_table(made, width).lines]
    shown = {number.strip(".,") for line in column for number in NUMBER.findall(line)}
    told = {
        number.strip(".,") for line in (*made.rows, made.header) for cell in line for number in NUMBER.findall(cell)
    }
    assert shown <= told


@pytest.mark.parametrize(
    "names",
    [
        ("学習率を一定に保つ", "余弦で下げていく長い長い名前のスケジュール", "一周期"),
        ("[bold]a[/bold]", "[/]", "[link=x]c"),
        ("x" * 70, "y" * 71, "z" * 72),
        ("👩‍🔬 a", "é b", "\N{RIGHT-TO-LEFT OVERRIDE}c"),
    ],
)
def test_names_of_any_signs_fit(names):
    for width in WIDTHS:
        found = fit_table(renamed(example(), names), width)
        assert max(map(cell_len, found.lines)) <= width
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in "".join(found.lines)
    whole = "\n".join(fit_table(renamed(example(), names), None).lines)
    assert visible(names[0]) in whole


def test_without_a_width_each_row_is_one_line_and_nothing_is_left_out():
    made = table(example(SCHEDULES["long"]))
    found = fit_table(made, None)
    assert len(found.lines) == 2 + len(made.rows)
    assert found.left_out == ()
    assert left_out_note(found) == ""
    assert all(row[0] in line for row, line in zip(made.rows, found.lines[2:], strict=True))


def test_a_wider_terminal_shows_all_that_a_narrower_one_does():
    made = table(example(SCHEDULES["long"], 10))
    left_out = [set(fit_table(made, width).left_out) for width in range(50, 201, 5)]
    assert all(wider <= narrower for narrower, wider in pairwise(left_out))
    assert left_out[0]
    assert not left_out[-1]


def test_columns_that_say_the_same_in_each_row_leave_first_then_the_least_important():
    header = ("schedule", "peak", "accuracy (%)", "95 % interval", "F1 (%)", "loss", "s per trial", "diverged")
    rows = tuple(
        ("cosine", "0.1", f"9{n}.0", f"9{n}.0 to 9{n}.5", f"9{n}.1", f"0.1{n}", f"0.{n}", "0 of 6") for n in "23"
    )
    left = [fit_table(TextTable(header, rows), width).left_out for width in range(90, 40, -1)]
    order = sorted(
        {name for names in left for name in names}, key=lambda name: next(i for i, n in enumerate(left) if name in n)
    )
    assert order[:4] == ["diverged", "s per trial", "F1 (%)", "loss"]
    some = tuple((*row[:-1], f"{n} of 6") for n, row in enumerate(rows))
    assert "diverged" not in fit_table(TextTable(header, some), 70).left_out


def test_what_is_left_out_or_cut_is_said_with_the_way_to_see_it():
    made = renamed(example(), ("a" * 170, "b", "c"))
    said = left_out_note(fit_table(made, 60))
    assert "No room for " in said
    assert "s per trial" in said
    assert "Names that end in … are longer" in said
    assert "A wider terminal, the page and --json show all of it." in said


def test_a_name_takes_four_lines_at_most():
    found = fit_table(renamed(example(), ("a" * 400, "b", "c")), 80)
    assert found.cut
    assert sum(line.startswith("a") for line in found.lines) == 4


def test_words_in_other_columns_are_broken_too_and_numbers_are_not():
    settings = [
        "constant at 0.003 with adamw, weight decay 0.01",
        "constant at 0.003 with adamw, weight decay 0.1",
        "cosine at 0.0001 with sgd, momentum 0.95",
    ]
    header, rows = table(example())
    made = TextTable(
        (header[0], "setting", *header[2:]), tuple((r[0], s, *r[2:]) for r, s in zip(rows, settings, strict=True))
    )
    for width in (60, 80, 100, 120, 200):
        found = fit_table(made, width)
        assert max(map(cell_len, found.lines)) <= width
        body = " ".join(found.lines)
        for number in ("0.003", "0.01", "0.0001", "0.95", *(row[2] for row in rows)):
            assert number in body
