"""What a training loop of the user's own does wrong, by the command line: said in words, and the others go on."""

import re
import time
from pathlib import Path

import pytest

from lrlab import api
from lrlab.store import Store
from support.command import lrlab

pytestmark = pytest.mark.slow

HEAD = "import lrlab\n\n\n@lrlab.trial(peaks=[0.03, 0.1])\ndef train(run):\n"
TAIL = """\
    for t in range(run.updates):
        run.rate(t)
    run.report(epoch=1, validation_loss=run.rate(0) + run.seed / 1e6)
    run.finish(test_loss=run.rate(1) + run.seed / 1e6)
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def compare(loop=None, *more, place="train.py:train", head=HEAD, **how):
    """What the program does; with the text of a loop's body, written to train.py first."""
    if loop is not None:
        Path("train.py").write_text(head + loop)
    asked = ["--updates", "8", "--seeds", "2", "--tuning-seeds", "1", "--workers", "1", "--store", "s.db"]
    return lrlab("compare", place, "constant", "cosine", *asked, *more, **how)


RAISES = (
    "    look(run)\n" + TAIL + "\n\ndef look(run):\n    if run.peak == 0.1:\n        raise ValueError('no such data')\n"
)


def test_one_that_raises_is_shown_with_its_own_traceback_and_the_others_go_on():
    done = compare(RAISES, code=1, tracebacks=1)
    assert "2 of 4 trials failed; the others are stored. The first, constant at 0.1, seed 0: ValueError" in done.stderr
    trace = done.stderr[done.stderr.index("Traceback") :]
    place = Path("train.py").absolute()
    assert trace.splitlines()[1:-1] == [
        f'  File "{place}", line 6, in train',
        "    look(run)",
        f'  File "{place}", line 15, in look',
        "    raise ValueError('no such data')",
    ]
    with Store("s.db") as store:
        assert len(store) == 2
    (run,) = api.runs("s.db")
    assert run.failed == 2
    assert run.failures[0].startswith("constant at 0.1, seed 0: ValueError: no such data (")


def test_what_failed_is_run_again_alone_or_last():
    """Where what it lacked is there in the meantime: its program is the same."""
    loop = RAISES.replace("run.peak == 0.1", "run.peak == 0.1 and not Path('data').exists()")
    head = "from pathlib import Path\n\n" + HEAD
    compare(loop, head=head, code=1, tracebacks=1)
    report = lrlab("report", "--store", "s.db", code=2)
    assert "2 trials failed, the first, constant at 0.1, seed 0: ValueError" in report.stderr
    assert "--retry-failed runs these alone" in report.stderr
    again = compare(None, "--retry-failed", code=1, tracebacks=1)
    assert "2 of 2 trials failed" in again.stderr
    assert re.search(r"compare-train-train has 2 of about \d+ trials; 2 of 2", again.stderr)
    Path("data").touch()
    again = compare(None, "--retry-failed", code=3)
    assert "2 trials that had failed ended and are stored; compare-train-train has 4 of about" in again.stderr
    compare()
    compare(None, "--retry-failed")  # nothing is missing, so there is the answer
    assert api.runs("s.db")[0].failed == 0


def test_where_nothing_failed_there_is_nothing_to_run_again():
    done = compare(TAIL, "--retry-failed", code=2)
    assert "no trial of compare-train-train failed the last time; leave out --retry-failed" in done.stderr


def test_one_that_hangs_is_ended_and_the_others_go_on():
    done = compare("    import time\n    time.sleep(600 * (run.peak == 0.1))\n" + TAIL, "--trial-timeout", "2", code=1)
    assert (
        "2 of 4 trials failed; the others are stored. The first, constant at 0.1, seed 0: it took longer than 2 s"
        in (done.stderr)
    )
    assert "give it longer with --trial-timeout, or look where it hangs" in done.stderr


def test_one_whose_import_hangs_is_ended():
    done = compare(TAIL, "--trial-timeout", "2s", head="import time\n\ntime.sleep(600)\n" + HEAD, code=2)
    assert "took longer than 2 s: its file runs on when it is imported; put what is to run into the" in done.stderr


def test_a_timeout_is_a_duration():
    done = compare(TAIL, "--trial-timeout", "soon", code=2)
    assert 'trial_timeout is a duration, but got \'soon\'; write "90s", "5m" or "1h30m"' in done.stderr


@pytest.mark.parametrize(
    ("loop", "at_a_line", "words"),
    [
        ("    run.report(epoch=1, validation_loss=1)\n" * 2 + TAIL, True, "was called twice; report each epoch once"),
        (
            "    run.finish(test_loss=1)\n" + TAIL,
            True,
            "run.report was called after run.finish; let run.finish be the last",
        ),
        (TAIL.replace("epoch=1", "epoch=2") + TAIL, True, "run.report was called after run.finish; let"),
        (
            TAIL.replace("=run.rate(0)", "='low', a=0"),
            True,
            "validation_loss must be one number, but got 'low', a str; write",
        ),
        (
            TAIL.replace("    run.finish(", "    dict("),
            False,
            "returned without run.finish(...), and was not told to stop; end it",
        ),
        ("    import sys\n    sys.exit(5)\n", True, "SystemExit: 5"),
        (
            TAIL.replace("validation_loss", "train_loss"),
            False,
            "never reported validation_loss, by which a peak is chosen, but train_loss; write",
        ),
    ],
    ids=["twice", "after the end", "late", "text", "no end", "sys.exit", "no validation"],
)
def test_what_a_loop_says_wrong_is_said_in_words(loop, at_a_line, words):
    """Where a line of the loop is at fault, with the traceback to it."""
    done = compare(loop, code=1, tracebacks=int(at_a_line))
    assert words in done.stderr
    assert "in perform" not in done.stderr  # no line of lrlab's own


def test_nan_is_divergence_and_no_failure():
    done = compare(TAIL.replace("=run.rate(0)", "=float('nan') if run.peak == 0.1 else run.rate(0)"))
    assert " at peak 0.1" not in done.stdout


def test_it_may_print_much_go_elsewhere_and_start_processes():
    loop = (
        "    import multiprocessing, os, subprocess, tempfile\n"
        "    print('much ' * 100_000)\n    os.chdir(tempfile.mkdtemp())\n"
        "    helper = multiprocessing.Process(target=print, args=('helped',))\n    helper.start()\n    helper.join()\n"
        "    left = subprocess.Popen(['sleep', '600'])\n"
        f"    open({str(Path('left').absolute())!r}, 'a').write(f'{{left.pid}} ')\n"
    )
    done = compare(loop + TAIL)
    assert "much" not in done.stdout
    assert "helped" not in done.stdout
    assert done.stderr.count("helped") >= 8
    numbers = Path("left").read_text().split()
    assert len(numbers) >= 8
    for _ in range(100):
        if not any(is_running(number) for number in numbers):
            return
        time.sleep(0.1)
    pytest.fail("what the loop started goes on")


def is_running(number):
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("place", "text", "words"),
    [
        (
            "train.py:train",
            HEAD + "    x = (\n",
            "SyntaxError: '(' was never closed (<unknown>, line 6); mend it first",
        ),
        ("train.py", "def train(run):\n    pass\n", "no task is seen in train.py; write"),
        (
            "train.py",
            HEAD + TAIL + HEAD.replace("train", "other") + TAIL,
            "makes 2 loops; write train.py:train or train",
        ),
        ("train.py:trian", HEAD + TAIL, "has no 'trian'; did you mean train?"),
        ("train.py:train", "def train(run):\n    pass\n", "if it is a training loop, write @lrlab.trial over it"),
        ("nowhere.py:train", "", "there is no file"),
    ],
)
def test_a_file_without_a_loop_says_what_to_write(place, text, words):
    Path("train.py").write_text(text)
    done = compare(place=place, code=2)
    assert words in done.stderr


def test_verify_says_what_it_found_and_ends_by_it():
    right = TAIL.replace("run.rate(t)", "run.record_rate(t, run.rate(t))")
    done = verify(right)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["fine"] * 8 + ["remark"]
    done = verify(right.replace("run.seed", "3"), code=1)
    fault = next(line for line in done.stdout.splitlines() if line.startswith("FAULT"))
    assert " ".join(fault.split()[1:]).startswith("two seeds run.seed is never read, so every seed is the same trial")
    assert "train.py:train: 1 fault (two seeds); mend that, and verify again" in done.stderr
    done = verify(right, "--json")
    assert '"verdict": "fine"' in done.stdout
    done = verify(right, "--layout", "loop", code=2)
    assert "layout says nothing to a loop of your own; leave it out" in done.stderr


def verify(loop, *more, **how):
    Path("train.py").write_text(HEAD + loop)
    return lrlab("verify", "train.py:train", *more, **how)
