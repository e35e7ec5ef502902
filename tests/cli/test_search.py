"""A search on the command line, as a process."""

import json

import pytest

from support.command import lrlab

LINE = [
    "compare", "digits/mlp", "warmup+cosine", "constant", "--tune", "peak=0.01..1,warmup.span=0%..20%", "--search",
    "tpe", "--trials", "10", "--epochs", "1", "--seeds", "4", "--workers", "0", "--engine", "stacked", "--json",
]  # fmt: skip


@pytest.mark.slow
def test_a_search_is_run_and_run_again(tmp_path):
    pytest.importorskip("optuna")
    done = lrlab(*LINE, cwd=tmp_path)
    assert "2 schedules x 10 points (tpe)" in done.stderr
    found = json.loads(done.stdout)
    assert len(json.dumps(found)) > 1000
    again = lrlab(*LINE, cwd=tmp_path)
    assert "nothing is run twice" in again.stderr
    assert json.loads(again.stdout) == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["constant", "--tune", "warmup.sapn"], "unknown field to search 'warmup.sapn'"),
        (["constant", "--tune", "peak=1..0.1"], "write 0.1..1"),
        (["constant", "--search", "tpee"], "but got 'tpee'"),
        (["constant", "--search", "tpe", "--trials", "1"], "greater than or equal to 2"),
        (["cosine(floor=0.1..0.1)"], "a search space of one point"),
    ],
)
def test_mistakes_end_with_the_way_out(tmp_path, words, said):
    done = lrlab("compare", "digits/mlp", *words, "--epochs", "1", cwd=tmp_path, code=2)
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())
