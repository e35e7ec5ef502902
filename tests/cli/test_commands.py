"""The command line as a process: what a user types and what comes back."""

import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lrlab.lab import stored_results
from lrlab.schedules import Horizon, parse
from lrlab.store import Store
from support import command
from support.tasks import BLOBS_FILE

STUDY = """\
name: small
title: A small study
task: mine.py:task
schedules: [constant, cosine]
budget: 2 epochs
batch_size: 16
tune: {peaks: [0.03, 0.1], seeds: 1, extend: 0}
confirm: {seeds: 6}
"""
lrlab = partial(command.lrlab, COLUMNS="200")


def page_said(out):
    """Where the page lies, as the command says it."""
    return re.search(r"The whole report: (\S+\.html)", out)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a task and a study that was run once."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "mine.py").write_text(BLOBS_FILE)
    (folder / "small.yaml").write_text(STUDY)
    (folder / "first-run.txt").write_text("")
    done = lrlab("run", "small.yaml", "--allow-code", "--code", cwd=folder)
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    return folder


def test_a_run_says_what_it_will_do_then_the_table_the_claims_the_page_and_the_lines(folder):
    out, err = (folder / "stdout").read_text(), (folder / "stderr").read_text()
    assert (
        "mine:task: 2 schedules x 2 peaks x 1 seed to tune, then 6 fresh seeds each: 16 trials of 2 epochs; about"
        in err
    )
    assert "confirm: 12 trials, 0 of them done before" in err
    assert "16 records in lrlab-results/records.db" in err
    for word in ("schedule", "95 % interval", "verdict", "constant", "cosine", "6 seeds", "on test data"):
        assert word in out
    assert out.splitlines()[0].startswith(("Use ", "Nothing "))
    assert out.splitlines()[0] == out.splitlines()[-1]
    assert any(words in out for words in ("Undecided against", "Better than", "Within"))
    assert "torch.optim.lr_scheduler.LambdaLR(optimizer, factor)" in out
    page = page_said(out)
    assert re.fullmatch(r"lrlab-results/small-[0-9a-f]{8}\.html", page)
    assert (folder / page).stat().st_size > 1e5
    assert "All runs of this store: lrlab-results/index.html" in out
    assert f'href="{Path(page).name}"' in (folder / "lrlab-results" / "index.html").read_text(encoding="utf-8")


def test_the_printed_lines_run_as_they_stand(folder):
    out = (folder / "stdout").read_text()
    lines = out.partition("The same in plain PyTorch:\n\n")[2].partition("The whole report")[0]
    before, _, loop = lines.partition("# in the training loop")
    space = {"model": __import__("torch").nn.Linear(2, 2)}
    exec(before, space)
    rates = []
    for _ in range(space["T"]):
        rates.append(space["optimizer"].param_groups[0]["lr"])
        exec(loop.partition("\n")[2], space)
    best = json.loads(lrlab("report", "--json", cwd=folder).stdout)
    leader = parse(best["leader"])
    peak = next(row["peak"] for row in best["rows"] if row["label"] == best["leader"])
    expected = leader.bind(peak=peak, horizon=Horizon(updates=space["T"], updates_per_epoch=4)).all()
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_running_again_runs_nothing_and_says_so(folder):
    done = lrlab("run", "small.yaml", "--allow-code", "--code", cwd=folder)
    assert "All 16 are done: nothing is run twice." in done.stderr
    assert done.stdout == (folder / "stdout").read_text()


WORDS = """
import numpy as np
from torch import nn
from lrlab import Task
Y = np.array(["cat"] * 40 + ["dog"] * 4)
def task(): return Task.from_arrays(model=lambda: nn.Linear(2, 2), inputs=np.ones((44, 2)), labels=Y)
"""


def test_how_labels_became_classes_and_which_are_rare_is_said_before_training(tmp_path):
    (tmp_path / "pets.py").write_text(WORDS)
    options = "--epochs 1 --peaks 0.1 --seeds 2 --batch-size 8 --engine reference --workers 1"
    err = lrlab("compare", "pets.py:task", "constant", *options.split(), cwd=tmp_path).stderr
    said, _, trained = err.partition("\ntune: ")
    assert "- labels: 2 classes, numbered from 0 in this order: 'cat', 'dog'.\n" in said
    assert "- test has fewer than 5 examples of class 'dog' (1): its precision, recall and F1 are coarse." in said
    assert "labels" not in trained
    with Store(tmp_path / "lrlab-results" / "records.db") as store:
        (plan,) = store.studies()
        assert stored_results(plan, store).confirmed[0].class_names == ("cat", "dog")


def test_report_answers_from_the_records(folder):
    assert lrlab("report", "--code", cwd=folder).stdout == (folder / "stdout").read_text()
    done = lrlab("report", "small", "--json", "--page", "other.html", cwd=folder)
    answer = json.loads(done.stdout)
    assert answer["page"] == "other.html"
    assert (folder / "other.html").exists()
    assert {row["label"] for row in answer["rows"]} == {"constant", "cosine"}
    assert all(claim["text"] for claim in answer["claims"])
    assert answer["trials"] == 16


def test_report_says_more_when_asked(folder):
    plain = lrlab("report", "small", cwd=folder).stdout
    more = lrlab("report", "small", "--beyond", cwd=folder).stdout
    for title in ("How much the peak matters", "Time to a target", "On the way", "What tuning brings", "What it cost"):
        assert title in more
        assert title not in plain
    data = json.loads(lrlab("report", "small", "--target", "0.3", "--json", cwd=folder).stdout)
    assert data["beyond"]["target"]["value"] == 0.3
    assert "Target: 30" in data["beyond"]["text"]["target"]
    assert 'id="target"' in (folder / data["page"]).read_text(encoding="utf-8")
    assert "write 0.3" in lrlab("report", "small", "--target", "30", cwd=folder, code=2).stderr
    refused = lrlab("report", "decay-curves", "--beyond", cwd=folder, code=2).stderr
    assert "--beyond is for plain studies" in refused


def test_a_report_of_a_study_that_was_not_run_says_which_were(folder):
    assert (
        "unknown study in this store 'smal'; did you mean small?" in lrlab("report", "smal", cwd=folder, code=2).stderr
    )


def test_compare_finds_its_epochs_and_remembers_them(folder):
    words = (
        "compare",
        "mine.py:task",
        "constant",
        "one-cycle",
        "--budget",
        "40s",
        "--seeds",
        "3",
        "--peaks",
        "0.03,0.1",
    )
    first = lrlab(*words, cwd=folder)
    assert "mine:task: 2 schedules x 2 peaks x 2 seeds to tune, then 3 fresh seeds each: " in first.stderr
    assert "no difference can be claimed" in first.stdout
    again = lrlab(*words, cwd=folder)
    assert "nothing is run twice" in again.stderr
    assert again.stdout == first.stdout
    assert "lrlab-results/compare-mine-task-" in page_said(first.stdout)


def test_a_second_comparison_has_a_page_of_its_own(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    words = ["--epochs", "1", "--peaks", "0.1", "--tuning-seeds", "1", "--seeds", "2", "--engine", "reference"]
    words += ["--batch-size", "2"]
    first = json.loads(lrlab("compare", "mine.py:task", "constant", *words, "--json", cwd=tmp_path).stdout)["page"]
    second = lrlab("compare", "mine.py:task", "linear", *words, cwd=tmp_path)
    assert first != page_said(second.stdout)
    assert "1 seed to tune, then 2 fresh seeds each: 3 trials of 1 epoch" in second.stderr
    assert "linear at peak" not in (tmp_path / first).read_text(encoding="utf-8")
    assert "linear at peak" in (tmp_path / page_said(second.stdout)).read_text(encoding="utf-8")


def test_list_names_everything(folder):
    schedules = lrlab("list", "schedules", cwd=folder).stdout
    assert "one_cycle" in schedules
    assert "digits/convnet" in lrlab("list", "tasks", cwd=folder).stdout
    assert json.loads(lrlab("list", "studies", "--json", cwd=folder).stdout)["demo"].startswith("Eight schedules")


def test_show_gives_the_rates_as_numbers(folder):
    out = lrlab(
        "show", "cosine", "warmup(span=10%)+one-cycle", "--updates", "40", "--peak", "0.2", "--json", cwd=folder
    ).stdout
    rates = json.loads(out)
    assert list(rates) == ["cosine", "warmup+one_cycle"]
    expected = parse("cosine").bind(peak=0.2, horizon=Horizon(updates=40, updates_per_epoch=100)).all()
    np.testing.assert_array_equal(rates["cosine"], expected)


def test_show_draws_in_the_terminal_and_into_a_file(folder):
    out = lrlab("show", "one_cycle", "cosine", cwd=folder, PYTHONIOENCODING="utf-8").stdout
    assert "one_cycle" in out
    assert "updates" in out
    plain = lrlab("show", "cosine", cwd=folder, PYTHONIOENCODING="ascii").stdout
    assert plain.isascii()
    lrlab("show", "one_cycle", "cosine", "--png", "curves.png", cwd=folder)
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_version_and_the_help(folder):
    from lrlab import __version__

    assert lrlab("--version", cwd=folder).stdout == f"lrlab {__version__}\n"
    help_text = lrlab("--help", cwd=folder).stdout
    for verb in ("compare", "run", "report", "show", "list"):
        assert verb in help_text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "demmo"], "unknown study 'demmo'; did you mean demo?"),
        (["run", "small.yaml"], "small.yaml:3: task: mine.py:task is code, and a study file runs none by itself"),
        (["run", "nothing.yaml"], "cannot read the study file nothing.yaml: No such file"),
        (["compare", "digits/convnets", "cosine"], "unknown task 'digits/convnets'; did you mean digits/convnet?"),
        (["compare", "digits/mlp", "cosin", "steep"], "schedules.1: unknown schedule 'steep'; did you mean step?"),
        (["compare", "digits/mlp", "cosine", "--peaks", "-0.1"], "a peak rate must lie in (0, 1000], but got -0.1"),
        (["compare", "digits/mlp", "cosine", "--peaks", "0.1;0.2"], "peaks are numbers separated by commas"),
        (["compare", "digits/mlp", "cosine", "--budget", "soon"], 'write "90s", "5m" or "1h30m"'),
        (
            ["compare", "digits/mlp", "cosine", "--epochs", "0"],
            "epochs (--epochs) is the length of a trial, above 0, but",
        ),
        (["compare", "digits/mlp", "cosine", "--seeds", "1"], "seeds must be at least 2, but got 1; one cannot show"),
        (["compare", "digits/mlp", "cosine", "--margin", "0"], "confirm.margin: must be above 0, but got 0"),
        (["compare", "digits/mlp", "cosine", "--margin", "-1"], "give the largest difference that would not matter"),
        (["compare", "digits/mlp", "warmup(span=9 epochs)+cosine", "--epochs", "2"], "`span < run` must hold"),
        (["compare", "mine.py:tusk", "cosine"], "has no 'tusk'; did you mean task"),
        (["compare", "narrow.py:task", "cosine"], "the model must give at least 3 outputs"),
        (["report", "--store", "none.db"], "there is no store at none.db; `lrlab run demo` makes one"),
        (["report", "--store", "mine.py"], "mine.py is not a store of lrlab"),
        (["run", "demo", "--store", "mine.py"], "mine.py is not a store of lrlab"),
        (["report", "--store", "empty.db"], "empty.db holds no study yet"),
        (["show", "cosine", "--losses", "1.0,0.8"], "only a rule sees losses"),
        (["show", "cosine(floor=2)"], "must be a number in [0, 1], but got 2"),
        (["show", "cosine", "--updates", "1000000000000"], "--updates must be at most 10000000 for a picture"),
        (["compare", "mine.py:task", "cosine", "--epochs", "1e10"], "epochs"),
        (["compare", "mine.py:task", "cosine", "--budget", "1s"], "trials of one epoch need a budget of about"),
        (["show", "cosine", "--peak", "-1"], "a peak rate must lie in (0, 1000], but got -1"),
        (["show", "warmup(span=2000 updates)+cosine"], "`span < run` must hold"),
        (["show", "step(every=5)"], 'write "20%", "5 epochs" or "500 updates"'),
        (["show", "cosine", "--png", "no/such/folder/x.png"], "no/such/folder"),
        (
            ["run", "small.yaml", "--allow-code", "--page", "no/such/p.html"],
            "there is no folder no/such for the report; make it, or give",
        ),
        (["list", "colours"], "unknown list 'colours'"),
        (["run", "small.yaml", "--allow-code", "--engine", "stack"], "unknown engine 'stack'; did you mean stacked?"),
        (
            ["run", "small.yaml", "--allow-code", "--device", "gpu"],
            'a device is "cpu", "cuda" or "cuda:1", but got \'gpu\'',
        ),
        (["compare", "mnist/lenet", "cosine", "--data-dir", "nowhere"], "nowhere"),
        (["compare", "mnist/lenett", "cosine"], "did you mean"),
        (["verify", "digits/mlp", "--layout", "group"], "did you mean grouped?"),
        (["verify", "digits/mlp", "--optimizer", "adams"], "input should be 'sgd', 'adam', 'adamw', 'rmsprop'"),
        (
            ["verify", "digits/mlp", "--batch-size", "5000"],
            "has 1000 training examples; give a --batch-size of at most",
        ),
        (["show", "cosine", "--updates", "x"], "Invalid value for '--updates'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_gets_a_clear_error_and_code_2(folder, words, message):
    from lrlab.store import Store

    if "empty.db" in words:
        Store(folder / "empty.db", write=True).close()
    narrow = BLOBS_FILE + "\nfrom torch import nn\nbase = task()\nbase.model = lambda: nn.Linear(2, 2)\ntask = base\n"
    (folder / "narrow.py").write_text(narrow)
    done = lrlab(*words, cwd=folder, code=2)
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert (folder / "mine.py").read_text() == BLOBS_FILE


def test_every_mistake_of_a_study_file_comes_with_its_line(folder):
    (folder / "bad.yaml").write_text(
        STUDY.replace("cosine", "cosin").replace("2 epochs", "2").replace("mine.py", "yours.py")
    )
    err = lrlab("run", "bad.yaml", cwd=folder, code=2).stderr
    assert "bad.yaml:3: task: there is no file yours.py" in err
    assert "bad.yaml:4: schedules.1: unknown schedule 'cosin'; did you mean cosine" in err
    assert "bad.yaml:5: budget: a span needs a number and its unit, but got 2" in err


ARMS = """\
name: own-arms
task: mine.py:task
budget: 2 epochs
batch_size: 16
arms:
  - label: adam
    candidates: [{schedule: constant, peak: 0.01, optimizer: adam}]
  - label: tuned sgd
    candidates: [{schedule: cosine, peak: 0.1}, {schedule: constant, peak: 0.03}]
tune: {seeds: 1}
confirm: {seeds: 6, questions: pairs}
"""


def test_a_study_of_arms_is_tuned_confirmed_and_shown(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    (tmp_path / "arms.yaml").write_text(ARMS)
    done = lrlab("run", "arms.yaml", "--allow-code", "--json", cwd=tmp_path)
    assert "2 arms, 2 candidates x 1 seed to tune, then 6 fresh seeds each: 14 trials of 2 epochs" in done.stderr
    found = json.loads(done.stdout)
    assert {row["label"] for row in found["rows"]} == {"adam", "tuned sgd"}
    assert [claim["seeds"] for claim in found["claims"]] == [6]
    assert "adam, the baseline" in found["answer"] or "adam is the baseline" in " ".join(found["remarks"])
    better = found["claims"][0]["verdict"] or "adam"
    assert ("torch.optim.Adam(" if better == "adam" else "torch.optim.SGD(") in found["paste"]
    page = (tmp_path / found["page"]).read_text(encoding="utf-8")
    assert "Search: what was tried" in page
    assert "cosine at 0.1" in page
    (tmp_path / "arms.yaml").write_text(
        ARMS.replace("candidates: [{schedule: constant", "candidats: [{schedule: constant")
    )
    wrong = lrlab("run", "arms.yaml", "--allow-code", cwd=tmp_path, code=2)
    assert "arms.yaml:7: arms.0.candidats: no such field; did you mean candidates" in wrong.stderr
