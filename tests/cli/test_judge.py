"""`lrlab judge` as a process: answer, page, JSON, exit codes; and nothing that takes long is loaded."""

import json
import subprocess
import sys
from functools import partial

import pytest

from support.command import lrlab
from support.run_tables import lucky

ARMS = {"cosine": 0.6, "con>stant": 0.5, "linear": 0.5005}
judge = partial(lrlab, "judge", COLUMNS="200")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    lines = [
        f"{arm},{seed},{value},{1 - value}"
        for arm, runs in lucky(ARMS, own=0.01).items()
        for seed, value in runs.items()
    ]
    (folder / "runs.csv").write_text("\n".join(["arm,seed,test_accuracy,test_loss", *lines]))
    return folder


def test_it_answers_with_table_words_and_how_it_was_read(folder):
    out = judge("runs.csv", cwd=folder).stdout
    assert "cosine is better than every other arm" in out
    assert "Paired by seed: all arms have the same 10 seeds" in out
    assert "Read from runs.csv" in out
    assert not list(folder.glob("*.html"))


def test_json_and_page(folder, tmp_path):
    page = tmp_path / "page.html"
    found = json.loads(judge("runs.csv", "--baseline", "con>stant", "--json", "--page", str(page), cwd=folder).stdout)
    assert {pair["verdict"] for pair in found["pairs"]} == {"cosine", ""}
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_figures_lie_in_the_folder_that_was_named(folder, tmp_path):
    place = tmp_path / "new" / "figures"
    assert f"Figures and their numbers: {place}" in judge("runs.csv", "--figures", str(place), cwd=folder).stdout
    names = {path.name for path in place.iterdir()}
    assert {f"judge-test_accuracy-arms.{form}" for form in ("svg", "pdf", "png", "csv")} <= names
    refused = judge("runs.csv", "--figures", "runs.csv", cwd=folder, code=2)
    assert "name a folder" in refused.stderr


@pytest.mark.parametrize(
    ("claims", "code", "words"),
    [
        (["better:cosine>linear"], 0, "cosine>linear: yes"),
        (["better: cosine > con>stant"], 0, "yes"),
        (["better:con>stant>linear"], 4, "con>stant>linear: undecided"),
        (["better:linear>cosine"], 5, "the other way"),
        (["equal:cosine=linear"], 5, "cosine=linear: no, one is better"),
        (["better:cosine>linear", "better:linear>con>stant", "better:cosine>con>stant"], 4, "undecided"),
        (["better:linear>con>stant", "better:linear>cosine"], 5, "the other way"),
    ],
)
def test_scripts_branch_on_the_exit_code(folder, claims, code, words):
    options = [word for claim in claims for word in ("--fail-unless", claim)]
    done = judge("runs.csv", "--pairs", *options, cwd=folder, code=code)
    assert words in done.stderr
    assert "better than" in done.stdout


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (["runs.csv", "--fail-unless", "cosine>linear"], 'such as "better:cosine>constant"'),
        (["runs.csv", "--fail-unless", "better:cosine"], "write A>B"),
        (["runs.csv", "--fail-unless", "equal:cosine>linear"], "write A=B"),
        (["runs.csv", "--margin", "0"], "give one, or leave it out for the usual one"),
        (["runs.csv", "--fail-unless", "better:cosin>linear"], "did you mean cosine?"),
        (["runs.csv", "--fail-unless", "better:linear>con>stant"], "ask for all pairs"),
        (["runs.csv", "--at-step", "5"], "at_step needs steps"),
        (["none.csv"], "none.csv"),
        (["runs.csv", "--pairs", "--leader", "cosine"], "leave one of the two out"),
    ],
)
def test_slips_end_with_exit_code_2_and_the_way_out(folder, words, way_out):
    assert way_out in judge(*words, cwd=folder, code=2).stderr


def test_direction_and_metric_are_options(folder):
    out = judge("runs.csv", "--metric", "test_loss", "--json", cwd=folder).stdout
    assert json.loads(out)["leader"] == "cosine"
    out = judge("runs.csv", "--metric", "test_loss", "--higher-is-better", "--json", cwd=folder).stdout
    assert json.loads(out)["leader"] != "cosine"


def test_neither_torch_nor_what_else_takes_long_is_loaded(folder):
    program = (
        "import sys\n"
        "from lrlab.cli import app\n"
        "try:\n"
        "    app(['judge', 'runs.csv'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "slow = {'torch', 'scipy.stats', 'matplotlib', 'plotly', 'pandas', 'jinja2'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
