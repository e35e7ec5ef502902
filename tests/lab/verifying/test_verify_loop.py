"""A right loop has no fault; each faulty one has its own, with the line to change."""

import re
import sys
from pathlib import Path

import pytest

import lrlab
from lrlab.execution import Inline
from lrlab.lab import check_loop, open_task, run_loop_trials

# Without torch: least squares in numpy, every line of which a test can spoil.
PLAIN = """
import random

import numpy as np

import lrlab

INPUTS = np.random.default_rng(0).normal(size=(40, 3))
LABELS = INPUTS @ np.array([1.0, -2.0, 0.5])


@lrlab.trial(updates_per_epoch=10)
def train(run):
    draw = np.random.default_rng(run.seed)
    weights = draw.normal(size=3)
    for t in range(run.updates):
        rate = run.rate(t)
        batch = draw.integers(40, size=8)
        error = INPUTS[batch] @ weights - LABELS[batch]
        weights -= rate * INPUTS[batch].T @ error / 8
        run.record_rate(t, rate)
        if t % 10 == 9:
            run.report(epoch=t // 10, validation_loss=np.mean((INPUTS @ weights - LABELS) ** 2))
    run.finish(test_loss=np.mean((INPUTS @ weights - LABELS) ** 2))
"""
# With torch, on the digits, saving what it needs.
TORCH = """
import torch
from sklearn.datasets import load_digits
from torch import nn

import lrlab

INPUTS, LABELS = load_digits(return_X_y=True)
INPUTS, LABELS = torch.tensor(INPUTS / 16, dtype=torch.float32), torch.tensor(LABELS)


def score(model, part):
    with torch.no_grad():
        outputs = model(INPUTS[part])
    return nn.functional.cross_entropy(outputs, LABELS[part]).item(), (outputs.argmax(1) == LABELS[part]).float().mean()


@lrlab.trial(updates_per_epoch=10)
def train(run):
    torch.manual_seed(run.seed)
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = run.scheduler(optimizer)
    start = 0
    if (run.folder / "last.pt").exists():
        saved = torch.load(run.folder / "last.pt", weights_only=False)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["generator"])
        start = saved["epoch"]
    for epoch in range(start, run.updates // 10):
        if run.should_stop:
            parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
            saved = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**saved, "generator": torch.get_rng_state(), "epoch": epoch}, run.folder / "last.pt")
            return
        for _ in range(10):
            batch = torch.randint(1000, (32,))
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(INPUTS[batch]), LABELS[batch]).backward()
            optimizer.step()
            scheduler.step()
        loss, accuracy = score(model, slice(1000, 1400))
        run.report(epoch=epoch, validation_loss=loss, validation_accuracy=accuracy)
    loss, accuracy = score(model, slice(1400, None))
    run.finish(test_loss=loss, test_accuracy=accuracy)
"""
PROGRAM = """
import json
import sys

peak, seed, _, result = sys.argv[1:]
json.dump({"test_loss": float(peak) + int(seed) % 7, "validation_loss": float(peak)}, open(result, "w"))
"""
RIGHT = ["it runs", "it finishes", "it reports", "its length", "its rates", "one seed twice", "two seeds", "two peaks"]


def checks_of(text, tmp_path, *changes, updates=20, timeout=60.0):
    """What is found of a file of this text, with lines of it changed."""
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    file = tmp_path / "train.py"
    file.write_text(text)
    place = open_task(f"{file}:train")
    return {check.what: check for check in check_loop(run_loop_trials(place, Inline(), updates, timeout, "cpu"))}


def faults_of(*more, **options):
    return {what: check.words for what, check in checks_of(*more, **options).items() if check.verdict == "fault"}


def test_a_right_loop_in_numpy_has_no_fault(tmp_path):
    checks = checks_of(PLAIN, tmp_path)
    assert [what for what, check in checks.items() if check.verdict == "fine"] == RIGHT
    assert checks["its rates"].words == (
        "equal to the schedule's to the bit, as it recorded them, under linear at 0.01, linear at 0.03, constant at "
        "0.01"
    )
    assert checks["when time is up"].verdict == "remark"
    assert "never looks at run.should_stop" in checks["when time is up"].words


def test_a_right_loop_in_torch_is_fine_throughout_and_resumes_to_the_bit(tmp_path):
    checks = checks_of(TORCH, tmp_path)
    assert {check.verdict for check in checks.values()} == {"fine"}, checks
    assert list(checks) == [*RIGHT, "when time is up", "resumed"]
    assert "as torch's optimizer saw them" in checks["its rates"].words
    assert checks["when time is up"].words == "it stops, after 10 updates"
    assert checks["resumed"].words == "it goes on from run.folder and ends as one that was never stopped, to the bit"


FAULTS = {
    "raises": (
        [("    draw =", "    run.report(epoch=1, loss_of=None)\n    draw =")],
        "it runs",
        "raises RunError: run.rep",
    ),
    "raises later": (
        [("    draw =", "    if run.seed == 2:\n        raise ValueError('two')\n    draw =")],
        "it runs",
        r"with another seed it raises ValueError: two .*train.py:15",
    ),
    "reports twice": ([("t % 10 == 9", "t % 5 == 4")], "it runs", "was called twice; report each epoch once"),
    "reports after the end": (
        [("    for t in", "    run.finish(test_loss=1)\n    for t in")],
        "it runs",
        "after run.fin",
    ),
    "reports text": (
        [("validation_loss=np", "validation_loss='low', a=np")],
        "it runs",
        "must be one number, but got 'low'",
    ),
    "never reports": (
        [("t % 10 == 9", "False")],
        "it reports",
        r"never calls run.report.*run.report\(epoch=epoch, valid",
    ),
    "no end": (
        [("    run.finish(", "    dict(")],
        "it finishes",
        r"returns without run.finish; end it with run.finish\(",
    ),
    "an early end": (
        [
            ("    run.finish(test_loss=np.mean((INPUTS @ weights - LABELS) ** 2))", ""),
            (
                "        run.record_rate(t, rate)\n",
                "        run.record_rate(t, rate)\n        if t == 18:\n            run.finish(test_loss=weights[0])\n",
            ),
            ("t % 10 == 9", "t == 9"),
        ],
        "it finishes",
        "run.finish was called after 19 updates, and 20 were made; call it after the last",
    ),
    "an early end where it is told to stop": (
        [
            (
                "    for t in range(run.updates):\n",
                "    for t in range(run.updates):\n        if run.should_stop:\n            break\n",
            )
        ],
        "when time is up",
        "calls run.finish after 10 updates of 20, as run.should_stop was true; return there, with no run.finish",
    ),
    "more updates": (
        [("range(run.updates)", "range(run.updates + 3)"), ("t % 10 == 9", "t in (9, 19)")],
        "its length",
        "makes 23 updates, more than the 20",
    ),
    "fewer updates": (
        [("range(run.updates)", "range(run.updates - 3)")],
        "its length",
        "makes 17 updates, fewer than the 20.*run.upd",
    ),
    "one rate for all": (
        [("rate = run.rate(t)", "rate = run.peak")],
        "its rates",
        "under linear at 0.01 they part at update 1: asked for is 0.0095, and the loop used 0.01; write",
    ),
    "no rate": (
        [("rate = run.rate(t)", "rate = 0.01"), ("        run.record_rate(t, rate)\n", "")],
        "its rates",
        r"never asks for its rates.*write scheduler = run.scheduler\(optimizer\)",
    ),
    "the peak alone": (
        [("rate = run.rate(t)", "rate = 0.01")],
        "two peaks",
        "same numbers, so the rate reaches nothing",
    ),
    "one seed for all": (
        [("default_rng(run.seed)", "default_rng(0)")],
        "two seeds",
        "run.seed is never read, so every seed is the",
    ),
    "a seed that is not used": (
        [("default_rng(run.seed)", "default_rng(run.seed * 0)")],
        "two seeds",
        r"two seeds give the same.*write torch.manual_seed\(run.seed\)",
    ),
    "numpy's own generator": (
        [("draw.integers(40, size=8)", "np.random.randint(40, size=8)")],
        "one seed twice",
        r"noisy: .*write np.random.seed\(run.seed\) at its beginning",
    ),
    "python's own generator": (
        [("draw.integers(40, size=8)", "[random.randrange(40) for _ in range(8)]")],
        "one seed twice",
        r"write random.seed\(run.seed\)",
    ),
    "a file that cannot be read": ([("    draw =", "    open('nowhere')\n    draw =")], "it runs", "FileNotFoundError"),
    "sys.exit": ([("    draw =", "    raise SystemExit(3)\n    draw =")], "it runs", "SystemExit: 3"),
    "it hangs": (
        [("    draw =", "    while run.seed == 2:\n        pass\n    draw =")],
        "it runs",
        "another seed, it took longer than 2 s",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_with_the_line_to_change(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes, what, words = FAULTS[name]
    faults = faults_of(PLAIN, tmp_path, *changes, timeout=2.0 if name == "it hangs" else 60.0)
    assert what in faults, faults
    assert re.search(words, faults[what], re.DOTALL), faults


TORCH_FAULTS = {
    "the scheduler never steps": (
        [("            scheduler.step()\n", "")],
        "its rates",
        "part at update 1: asked for is 0.0095",
    ),
    "another scheduler beside it": (
        [
            (
                "            scheduler.step()\n",
                "            scheduler.step()\n            optimizer.param_groups[0]['lr'] *= 0.5\n",
            )
        ],
        "its rates",
        "let nothing else set the rate",
    ),
    "another optimizer than the one that steps": (
        [("run.scheduler(optimizer)", "run.scheduler(torch.optim.SGD(model.parameters(), lr=0.1))")],
        "its rates",
        "part at update 0: asked for is 0.01, and the optimizer used 0.1",
    ),
    "no seed": (
        [("    torch.manual_seed(run.seed)\n", "")],
        "one seed twice",
        r"write torch.manual_seed\(run.seed\) at",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", TORCH_FAULTS)
def test_each_fault_of_a_torch_loop_is_found(name, tmp_path):
    changes, what, words = TORCH_FAULTS[name]
    faults = faults_of(TORCH, tmp_path, *changes)
    assert what in faults, faults
    assert re.search(words, faults[what]), faults


def test_noise_is_said_with_how_much_and_what_it_does_to_pairs(tmp_path):
    """As of a card that adds up in another order each time: every draw is seeded, and numbers differ all the same."""
    noisy = (
        "    run.finish(test_loss=",
        "    import time\n    run.finish(test_loss=1e-3 * (time.perf_counter_ns() % 1000) + ",
    )
    check = checks_of(PLAIN, tmp_path, noisy)["one seed twice"]
    assert check.verdict == "remark"
    assert re.search(
        r"noisy: test_loss is .* and .*; over 2 reports and the end the two differ by up to .* of a value", check.words
    )
    assert "pairs of one seed" in check.words


@pytest.mark.parametrize(
    ("changes", "what", "words"),
    [
        ([("            return\n", "            pass\n")], "when time is up", "goes on to its end; return there"),
        (
            [("            torch.save(", "            dict(saved, generator=1) and (lambda *_: 0)(")],
            "resumed",
            "leaves nothing in run.folder",
        ),
        (
            [('if (run.folder / "last.pt").exists():', "if False:")],
            "resumed",
            "leaves last.pt in run.folder and starts over",
        ),
        (
            [('        torch.set_rng_state(saved["generator"])\n', "")],
            "resumed",
            "ends elsewhere: test_loss is .* without the stop .*; save the states of scheduler and generators",
        ),
    ],
)
def test_what_is_not_resumed_is_a_remark(changes, what, words, tmp_path):
    check = checks_of(TORCH, tmp_path, *changes)[what]
    assert check.verdict == "remark"
    assert re.search(words, check.words), check


def test_a_loop_that_only_asks_for_rates_is_told_that_nobody_sees_them(tmp_path):
    checks = checks_of(PLAIN, tmp_path, ("        run.record_rate(t, rate)\n", ""))
    assert checks["its rates"].verdict == "remark"
    assert "whether it uses them is not known; record them, run.record_rate(t, rate)" in checks["its rates"].words


@pytest.mark.parametrize("learns", [True, False])
def test_advice_to_a_command_is_what_a_command_can_follow(learns, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM if learns else PROGRAM.replace("float(peak)", "0.5"))
    words = f"{sys.executable} {tmp_path / 'program.py'} {{peak}} {{seed}} {{schedule}} {{result}}"
    checks = check_loop(run_loop_trials(open_task(lrlab.command(words)), Inline(), 20, 60.0, "cpu"))
    found = {check.what: check for check in checks}
    assert "give it {folder}, to save there when it is told to stop (SIGTERM)" in found["when time is up"].words
    assert (found["two peaks"].verdict == "fault") == (not learns)
    assert learns or "train with {peak}, or with the rates in {rates}" in found["two peaks"].words
    assert "run." not in " ".join(check.words for check in checks if check.verdict != "fine")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_that_diverges_is_told_to_say_its_peaks(tmp_path):
    checks = checks_of(PLAIN, tmp_path, ("weights -= rate", "weights -= 1e300 * rate"))
    assert checks["it runs"].verdict == "remark"
    assert "diverges at peak 0.01; say which peaks are usual, @lrlab.trial(peaks=[...])" in checks["it runs"].words


def test_it_is_as_long_as_the_loop_says_an_epoch_is(tmp_path):
    assert "20 updates" in checks_of(PLAIN, tmp_path, updates=None)["its length"].words
    longer = checks_of(PLAIN, tmp_path, ("(updates_per_epoch=10)", ""), ("t // 10", "t // 10"), updates=None)
    assert "60 updates" in longer["its length"].words
    with pytest.raises(lrlab.errors.StudyError, match="2 updates at least, but got 1; give more --updates"):
        checks_of(PLAIN, tmp_path, updates=1)
    assert not list(Path().glob("lrlab-verify-*"))


def test_what_a_trial_leaves_to_the_next_is_named(tmp_path):
    draws = "draw = np.random.default_rng(run.seed)\n"
    found = checks_of(PLAIN, tmp_path, (f"    {draws}", f"    {draws}    LABELS[0] += 0.1\n"))
    leaves = found["what it leaves"]
    assert leaves.verdict == "remark"
    assert "it changes LABELS, which it shares" in leaves.words
    assert "make it within the function" in leaves.words


STEP = "            scheduler.step()"
BESIDE = "    beside = torch.optim.SGD([model.bias], lr=0.05)\n"


@pytest.mark.parametrize(("follows", "found"), [(True, False), (False, True)])
def test_an_optimizer_beside_the_first_that_follows_no_schedule_is_named(follows, found, tmp_path):
    more = "    other = run.scheduler(beside)\n" if follows else ""
    line = "    scheduler = run.scheduler(optimizer)\n"
    steps = f"            beside.step(){'; other.step()' if follows else ''}\n"
    changes = [(line, line + BESIDE + more), (f"{STEP}\n", f"{STEP}\n{steps}")]
    checks = checks_of(TORCH, tmp_path, *changes)
    assert ("more optimizers" in checks) is found
    if found:
        assert checks["more optimizers"].verdict == "remark"
        assert "its rate is 0.05, where 0.04" in checks["more optimizers"].words
        assert "run.scheduler(other)" in checks["more optimizers"].words
