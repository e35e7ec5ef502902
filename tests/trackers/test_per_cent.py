"""Cells with the sign of per cent, below headings that say it or do not."""

import pytest

from lrlab.trackers import read_runs

SHARES = {("cosine", "0"): 0.93, ("cosine", "1"): 0.94, ("constant", "0"): 0.91, ("constant", "1"): 0.92}


def write(folder, text):
    path = folder / "runs.csv"
    path.write_text(text)
    return path


CELLS = {("cosine", "0"): "93", ("cosine", "1"): "94%", ("constant", "0"): "91 %", ("constant", "1"): "92.0"}


def of_cells(row):
    return "".join(row.format(arm=arm, seed=seed, cell=cell) for (arm, seed), cell in CELLS.items())


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("arm,seed,test accuracy (%)\n" + of_cells("{arm},{seed},{cell}\n"), {}),
        ("arm,seed,acc_pct\n" + of_cells("{arm},{seed},{cell}\n"), {}),
        (
            "arm,seed,metric,value\n" + of_cells("{arm},{seed},acc (%),{cell}\n{arm},{seed},f1,90%\n"),
            {"metric": "acc (%)"},
        ),
        ("arm,acc (%)_seed0,acc (%)_seed1\ncosine,93,94%\nconstant,91 %,92.0\n", {}),
        ("arm,seed,result\n" + of_cells("{arm},{seed},{cell}\n"), {"value": "result", "metric": "acc (%)"}),
    ],
)
def test_a_heading_of_per_cent_makes_the_sign_behind_a_cell_say_nothing_new(tmp_path, text, asked):
    rows = read_runs(write(tmp_path, text), **asked).frame.select("arm", "seed", "value").iter_rows()
    assert {(arm, seed): value for arm, seed, value in rows} == {run: 100 * value for run, value in SHARES.items()}


def test_signs_of_per_cent_are_read_by_the_heading_of_their_row(tmp_path):
    text = "arm,seed,metric,value\n" + of_cells("{arm},{seed},acc (%),{cell}\n{arm},{seed},f1,90%\n")
    table = read_runs(write(tmp_path, text), metric="f1,acc (%)")
    assert set(table.frame.filter(metric="f1")["value"]) == {0.9}
    assert table.frame.filter(metric="acc (%)")["value"].min() == 91
