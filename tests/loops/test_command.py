"""Programs that cannot be imported, run as commands: what they are told, what they leave, how they fail."""

import os
import sys
import time
from pathlib import Path

import pytest

import lrlab
from lrlab.errors import StudyError, TaskError
from lrlab.execution import Inline, Processes
from lrlab.lab import as_array
from lrlab.loops import open_loop
from lrlab.spec import Ended, Failed, Paused, RunLoop, Trial
from support import command

ALL = "{peak} {schedule} {seed} {updates} {result} {rates} {folder} {device} {decay}"
LEAST = "--lr {peak} --schedule {schedule} --seed {seed} --out {result}"
GOOD = {"test_accuracy": 0.75, "validation_accuracy": 0.5, "validation_loss": 1.5}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def script(body):
    """A program of these lines; `told` is what it was told, `out` its result file; gives how it is called."""
    head = (
        "import json, os, signal, sys, time\nfrom pathlib import Path\ntold, out = sys.argv[1:], Path(sys.argv[-1])\n"
    )
    Path("train.py").write_text(head + body)
    return f"{sys.executable} train.py {LEAST}"


def leaving(text):
    return script(f"out.write_text({text!r})\n")


def job_of(loop, schedule="linear", folder="a", **more):
    opened = open_loop(loop, send=more.pop("send", False))
    trial = {"schedule": schedule, "peak": 0.1, "seed": 3, "budget": "4 updates", "batch_size": 1, "optimizer": "sgd"}
    trial = Trial(task=opened.name, data=opened.data, settings=more.pop("settings", {}), **trial)
    return RunLoop(name="one", trial=trial, where=opened.where, folder=str(Path(folder).absolute()), **more)


def end_of(text, executor=None, names=(), metric=None, **more):
    loop = lrlab.command(text, settings=names, metric=metric)
    return list((executor or Inline()).run([job_of(loop, **more)]))[-1]


def failure_of(body):
    end = end_of(script(body))
    assert isinstance(end, Failed), end
    return end.message


def test_it_is_told_the_trial():
    Path("train.py").write_text(
        "import json, sys\nfrom pathlib import Path\n"
        "*told, decay = sys.argv[1:]\n"
        "rates = [float(line) for line in Path(told[5]).read_text().splitlines()]\n"
        "values = {'peak': float(told[0]), 'seed': int(told[2]), 'updates': int(told[3]), 'decay': float(decay)}\n"
        "here = {'folder': Path(told[6]).is_dir(), 'schedule': told[1] == 'warmup(span=2 updates) + linear(end=10%)'}\n"
        "values |= {name: float(is_so) for name, is_so in here.items()}\n"
        "Path(told[4]).write_text(json.dumps({'test_loss': 1, 'rates': rates, **values}))\n"
    )
    end = end_of(
        f"{sys.executable} train.py {ALL}", names=["decay"], metric="loss", settings={"decay": 0.25}, schedule="linear"
    )
    assert isinstance(end, Ended), end
    arrays = end.trained[0].arrays
    told = {
        name.removeprefix("finished-test_"): as_array(npy).item() for name, npy in arrays.items() if "test_" in name
    }
    assert told == {"peak": 0.1, "seed": 3, "updates": 4, "decay": 0.25, "folder": 1, "schedule": 0}
    assert as_array(arrays["rates"]).tolist() == [0.1, 0.07500000000000001, 0.05, 0.025]


def test_a_schedule_of_several_words_is_one_word_of_the_command():
    text = script("assert told[3] == 'warmup(span=2 updates)+linear', told\nout.write_text('{\"test_loss\": 1}')\n")
    assert isinstance(end_of(text, schedule="warmup(span=2 updates)+linear"), Ended)


def test_no_shell_reads_it():
    text = script("assert told[:3] == ['$HOME;', 'a b', '{x}'], told\nout.write_text('{\"test_loss\": 1}')\n")
    text = text.replace("train.py", "train.py '$HOME;' 'a b' {{x}}")
    assert isinstance(end_of(text), Ended)


def test_its_result_is_the_record():
    result = (
        '{"test_accuracy": 0.75, "test_loss": 0.5, "rates": [0.1, 0.075, 0.05, 0.025], "validation_accuracy": 0.625, '
        '"epochs": [{"epoch": 1, "validation_loss": 1.5, "train_loss": 2}, {"epoch": 2, "validation_loss": 1.25}]}'
    )
    end = end_of(leaving(result))
    record = end.trained[0].record
    assert (record.test.score, record.test.loss) == (0.75, 0.5)
    assert (record.validation.score, record.validation.loss) == (0.625, 1.25)
    assert [epoch.validation_loss for epoch in record.epochs] == [1.5, 1.25]
    assert record.epochs[0].train_loss == 2
    assert record.metric.name == "accuracy"


def test_what_is_no_number_any_more_has_diverged():
    end = end_of(leaving('{"test_loss": NaN}'))
    assert end.trained[0].record.outcome == "diverged"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("{", r"cannot be read as JSON: .*; write {\"test_accuracy\""),
        ("[1]", r"is a list, not an object; write {\"test_accuracy\""),
        ("{}", r"no value of test data; write one, as in {\"test_accuracy\""),
        ('{"validation_loss": 1}', "no value of test data; write one"),
        ('{"test_loss": "low"}', 'test_loss must be a number, but got "low"; write one, NaN where it diverged'),
        ('{"test_loss": null}', "test_loss must be a number, but got null; write one"),
        ('{"test_loss": true}', "test_loss must be a number, but got true; write one"),
        ('{"test_loss": 1, "epochs": 5}', r"epochs must be a list, but got 5; write \[...\], or leave it out"),
        ('{"test_loss": 1, "epochs": [5]}', r"epochs\[0\] must be an object, but got 5; write {\"epoch\": 1"),
        (
            '{"test_loss": 1, "epochs": [{"epoch": 1, "a": "b"}]}',
            r"epochs\[0\].a must be a number, but got \"b\"; write",
        ),
        ('{"test_loss": 1, "epochs": [{"epoch": "x", "a": 1}]}', "epoch must be a whole number from 0 on, but got 'x'"),
        ('{"test_loss": 1, "rates": [0.1, "b"]}', r"rates\[1\] must be a number, but got \"b\"; write one"),
        ('{"test_loss": 1, "rates": [1, 1, 1, 1, 1]}', "holds 5 rates, and the trial has 4 updates; give one for each"),
    ],
)
def test_a_result_that_does_not_fit_is_refused_with_the_field(result, words):
    import re

    end = end_of(leaving(result))
    assert isinstance(end, Failed)
    assert re.search(words, end.message), end.message


def test_a_command_that_fails_says_what_it_said_last():
    message = failure_of("print('line one')\nprint('no such data', file=sys.stderr)\nsys.exit(3)\n")
    assert "ended with exit code 3; mend what it says" in message
    assert str(Path("a/output.txt").absolute()) in message
    assert "the last of it:\n  | line one\n  | no such data" in message or "| no such data" in message
    assert Path("a/output.txt").read_text().count("\n") == 2


def test_one_that_leaves_nothing_or_is_killed_or_is_none():
    assert "ended well, and left no file at {result}; let it write one there" in failure_of("")
    assert "It printed nothing." in failure_of("")
    killed = failure_of("os.kill(os.getpid(), 9)\n")
    assert "ended by signal SIGKILL; perhaps memory ran out: use fewer --workers" in killed
    assert "ended by signal number 40; mend what ends it" in failure_of("os.kill(os.getpid(), 40)\n")
    end = end_of(f"no-such-program {LEAST}")
    words = "cannot be started: No such file or directory: 'no-such-program'; write the name of a program, for no shell"
    assert words in end.message
    assert end.traceback == ""


SHELL = [
    (f"CUDA_VISIBLE_DEVICES=0 python a.py {LEAST}", "begins with CUDA_VISIBLE_DEVICES=0, .*; write env CUDA_VIS.*=0"),
    (f"cd x && python a.py {LEAST}", "has &&, which only a shell understands, and none runs it; write sh -c '...'"),
    (f"cd x; python a.py {LEAST}", "has ;, which only a shell understands"),
    (f"python a.py {LEAST} | tee log", r"has \|, which only a shell understands"),
    (f"python a.py {LEAST} 2>&1", "has 2>, which only a shell understands"),
    (f"python a.py {LEAST} >log", "has >, which only a shell understands"),
]


@pytest.mark.parametrize(("text", "words"), SHELL)
def test_what_only_a_shell_understands_is_refused_before_anything_runs(text, words):
    with pytest.raises(TaskError, match=words):
        lrlab.command(text)


@pytest.mark.parametrize("word", ["'&&'", '"a > b"', "--text='a && b; c'", "a=b", "a;b", r"\>", "--more=>"])
def test_words_that_a_shell_would_hand_on_are_taken(word):
    assert lrlab.command(f"python a.py {LEAST} {word}").function.words()[:2] == ["python", "a.py"]


def test_variables_that_env_sets_reach_the_program_and_are_no_part_of_its_name():
    text = script('out.write_text(json.dumps({"test_loss": float(os.environ["MINE"])}))\n')
    assert lrlab.command(f"env MINE=0.5 {text}").name == "train"
    if os.name == "posix":
        assert end_of(f"env MINE=0.5 {text}").trained[0].record.test.score == 0.5


def test_a_file_that_an_attempt_before_left_is_no_result():
    assert isinstance(end_of(leaving('{"test_loss": 1}')), Ended)
    assert Path("a/result.json").exists()
    assert "left no file" in failure_of("")


def test_its_own_processes_end_with_it():
    """Where it takes too long in a worker, and in this process; and where it ends by itself."""
    body = (
        "import subprocess\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "Path('child').write_text(str(child.pid))\n"
    )
    hangs, ends = script(body + "time.sleep(600)\n"), None
    workers = Processes(1, ["lrlab.loops"])
    try:
        for executor in (workers, Inline()):
            ends = end_of(hangs, executor, timeout=3.0, send=executor is workers)
            assert ends.timed_out, ends
            assert wait_for_end(int(Path("child").read_text()))
    finally:
        workers.close()
    end_of(script(body + "out.write_text('{\"test_loss\": 1}')\n"))
    assert wait_for_end(int(Path("child").read_text()))


def wait_for_end(number):
    for _ in range(100):
        try:
            if " Z " in Path(f"/proc/{number}/stat").read_text():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_one_that_can_save_is_told_when_time_is_up():
    body = (
        "if (Path(told[0]) / 'half').exists():\n    out.write_text('{\"test_loss\": 1}')\n    sys.exit()\n"
        "def save(*_):\n    (Path(told[0]) / 'half').touch()\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, save)\ntime.sleep(600)\n"
    )
    text = script(body).replace("train.py", "train.py {folder}")
    assert isinstance(end_of(text, until=time.monotonic() - 1, least=1.5), Paused)
    assert Path("a/checkpoints/half").exists()
    assert isinstance(end_of(text), Ended)


def test_one_that_cannot_goes_on_to_its_end():
    text = script("time.sleep(1)\nout.write_text('{\"test_loss\": 1}')\n")
    assert isinstance(end_of(text, until=time.monotonic() - 1), Ended)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'a command is a text such as "python train.py'),
        (f"python a.py {LEAST} {{sed}}", "has {sed}, which is no placeholder; did you mean seed"),
        (f"python a.py {LEAST} {{}}", "has {}, which is no placeholder; known: peak"),
        (f"python a.py {LEAST} {{peak.real}}", "no placeholder; did you mean peak"),
        (f"python a.py {LEAST} {{x", "the command's braces do not fit: .*; double those that are its own"),
        (f"python a.py {LEAST} {{peak:.1f}}", "changes how {peak} is written; write {peak} alone"),
        (f"python 'a.py {LEAST}", "cannot be split: No closing quotation; close it"),
        ("python a.py {peak} {schedule} {seed}", "has no {result}, the file .*, as in --out {result}"),
        (
            "python a.py {peak} {schedule} {result}",
            "has no {seed}, so every seed would be the same trial; write --seed",
        ),
        ("python a.py {seed} {result} {schedule}", "has no {peak} and no {rates}, so every peak .*; write --lr {peak}"),
        (
            "python a.py {seed} {result} {peak}",
            "has no {schedule} and no {rates}, so it follows none; write --schedule",
        ),
    ],
)
def test_a_command_that_cannot_be_a_trial_is_refused(text, words):
    with pytest.raises(TaskError, match=words):
        lrlab.command(text)


@pytest.mark.parametrize("settings", [{"seed": 7}, ["peak"], {"decay": 0.1, "folder": "a"}])
def test_a_setting_takes_no_placeholders_place(settings):
    with pytest.raises(TaskError, match=r"as the placeholder \{\w+\} is, .*; give it another name, such as my_"):
        lrlab.command(f"python a.py {LEAST}", settings=settings)


def test_a_study_sets_no_placeholder():
    loop = lrlab.command(script(""))
    with pytest.raises(StudyError, match=r"has a placeholder \{seed\}, .* give the setting 'seed' another name"):
        lrlab.compare(loop, ["constant", "linear"], updates=4, peaks=[0.1], settings={"seed": [7]}, store="s.db")


def test_what_a_trial_sets_by_itself_wins():
    body = "out.write_text(json.dumps({'test_loss': float(told[5]), 'validation_loss': 0}))\n"
    end = end_of(script(body), names=(), metric="loss", settings={"seed": 7})
    assert end.trained[0].record.test.loss == 3


def test_a_rule_is_told_nothing_before_it_runs():
    text = script("").replace("{peak}", "{rates}")
    loop = lrlab.command(text, updates_per_epoch=2)
    (*_, end) = Inline().run([job_of(loop, schedule="plateau(patience=2)+constant")])
    assert "watches the run, and a command is told its {rates} before it begins; write a function under" in end.message


def test_the_key_is_of_text_version_and_the_files_it_names():
    text = script("")
    data = {
        name: open_loop(lrlab.command(text, **more), send=False).data
        for name, more in {"": {}, "2": {"version": "2"}}.items()
    }
    assert data[""] != data["2"]
    Path("train.py").write_text("")
    assert open_loop(lrlab.command(text), send=False).data not in data.values()
    Path("other").mkdir()
    os.chdir("other")
    script("")
    assert open_loop(lrlab.command(text), send=False).data == data[""]
    assert open_loop(lrlab.command(text + " -v"), send=False).data != data[""]


def lrlab_says(*words, code=0):
    return command.lrlab(*words, "--store", "s.db", "--workers", "1", code=code)


@pytest.mark.slow
def test_a_command_is_compared_by_the_command_line():
    body = (
        "rates = [float(line) for line in open(told[0])]\n"
        "loss = (0.05 - rates[0]) ** 2 + rates[-1] + int(told[1]) / 1e6 + float(told[2])\n"
        "out.write_text(json.dumps({'test_loss': loss, 'validation_loss': loss, 'rates': rates}))\n"
    )
    script(body)
    text = f"{sys.executable} train.py {{rates}} {{seed}} {{decay}} {{result}}"
    asked = ["constant", "linear", "--updates", "4", "--peaks", "0.03,0.05,0.1", "--seeds", "2", "--tuning-seeds", "1"]
    done = lrlab_says("compare", "--command", text, *asked, "--setting", "decay=0,0.5")
    best = next(line for line in done.stdout.splitlines() if line.lstrip().startswith(("linear", "constant")))
    assert best.split()[0] == "linear"
    assert "(decay 0)" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["train.py:f", "constant", "--command", f"python a.py {LEAST}"],
            "train.py:f is another; leave out one of them",
        ),
        (
            ["digits/mlp", "constant", "cosine", "--metric", "loss"],
            "--metric is for --command; of a function it is said",
        ),
        (["constant", "cosine", "--command", "python a.py"], "the command has no {result}, the file"),
        (["constant", "cosine", "--command", f"python a.py {LEAST}"], "give updates=2000 or epochs=5"),
    ],
)
def test_what_cannot_be_asked_of_a_command(words, said):
    assert said in lrlab_says("compare", *words, code=2).stderr


def test_a_command_with_settings_is_verified_by_the_command_line():
    body = (
        "rates = [float(line) for line in open(told[0])]\n"
        "loss = sum(rates) + int(told[1]) / 1e6 + float(told[2])\n"
        "out.write_text(json.dumps({'test_loss': loss, 'validation_loss': loss, 'rates': rates}))\n"
    )
    script(body)
    text = f"{sys.executable} train.py {{rates}} {{seed}} {{decay}} {{result}}"
    shown = command.lrlab("verify", "--command", text, "--setting", "decay=0.5", "--updates", "4").stdout
    assert "FAULT" not in shown
    assert "no placeholder" in command.lrlab("verify", "--command", text, "--updates", "4", code=2).stderr
    refused = command.lrlab("verify", "train.py:f", "--setting", "decay=0.5", code=2).stderr
    assert "settings are given to a --command; a loop says its usual ones itself" in refused
