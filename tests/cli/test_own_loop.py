"""A training loop of the user's own from the command line, as a process."""

import json

from support.command import lrlab
from support.loops import file_of

ASKED = ["--updates", "20", "--seeds", "6", "--tuning-seeds", "1", "--workers", "0"]


def test_a_loop_is_compared_with_settings_within_a_budget(tmp_path):
    file_of(tmp_path)
    words = ["train.py:train", "constant", "linear", *ASKED, "--budget", "2h", "--setting", "width=8,64", "--json"]
    done = lrlab("compare", *words, cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert answer["leader"] == "constant"
    assert "2 arms, 8 candidates x 1 seed to tune, then 6 fresh seeds each" in done.stderr
    assert "a trial takes" in done.stderr
    assert list((tmp_path / "lrlab-results").glob("compare-train-train-*.html"))


def test_a_loop_that_raises_is_shown_with_the_users_traceback_alone(tmp_path):
    file_of(tmp_path, more="def helper():\n    raise ValueError('no such layer')\n")
    text = (tmp_path / "train.py").read_text()
    (tmp_path / "train.py").write_text(text.replace("    noise =", "    helper()\n    noise ="))
    done = lrlab("compare", "train.py", "constant", "linear", *ASKED, cwd=tmp_path, code=1, tracebacks=1)
    assert "not begun, for none has ended yet" in done.stderr
    assert done.stderr.rstrip().endswith("ValueError: no such layer")
    assert "lrlab/loops" not in done.stderr


def test_settings_are_written_with_names(tmp_path):
    words = ["compare", "train.py", "constant", *ASKED]
    for text in ("width", "width=", "=3"):
        done = lrlab(*words, "--setting", text, cwd=tmp_path, code=2)
        assert f"a setting is written name=value,value, but got {text!r}; write --setting weight_decay" in done.stderr
    done = lrlab(*words, "--setting", "a=1", "--setting", "a=2", cwd=tmp_path, code=2)
    assert "but got 'a=2' again; write --setting" in done.stderr
