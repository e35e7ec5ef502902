"""Settings beside a log: read where they can be, and else left out."""

import os

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import read_runs
from lrlab.trackers._facts import read_facts
from lrlab.trackers._json import flatten, parse_json, write_cell

STEPS = list(zip("abcdefghi", "bcdefghij", strict=True))
LISTS = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in STEPS)
FIELDS = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{{', '.join(f'k{number}: *{old}' for number in range(9))}}}\n" for old, new in STEPS
)


def test_settings_are_read_with_their_aliases(tmp_path):
    (tmp_path / "hparams.yaml").write_text("lr: &rate 0.1\nlast: *rate\nmodel: {width: 2}\n")
    assert read_facts(tmp_path) == {"config.lr": "0.1", "config.last": "0.1", "config.model.width": "2"}


@pytest.mark.parametrize(
    "text",
    [
        LISTS,
        FIELDS,
        "a: &a {b: *a}\n",
        "a: &a [*a]\n",
        "{[1]: 2}\n",
        "x: " + "[" * 3000,
        "x: '" + "x" * 1_000_001 + "'",
    ],
)
def test_settings_beyond_all_measure_are_none(tmp_path, text):
    (tmp_path / "hparams.yaml").write_text(text)
    assert read_facts(tmp_path) == {}


def test_a_pipe_beside_a_log_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "hparams.yaml")
    assert read_facts(tmp_path) == {}


def nested(depth, end):
    for _ in range(depth):
        end = {"a": end}
    return end


def test_objects_within_objects_become_columns_as_deep_as_anybody_nests_them():
    assert flatten(nested(40, 1)) == {".".join("a" * 40): 1}
    assert flatten(nested(900, 1)) == {".".join("a" * 51): nested(849, 1)}


def test_a_value_without_end_is_told():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RunsError, match="without end; write numbers and text"):
        write_cell(value)


def test_half_characters_are_told_and_whole_ones_read():
    assert parse_json('["\\ud83d\\ude00"]') == ["\U0001f600"]
    with pytest.raises(ValueError, match=r"half characters, such as .ud800, which are no text"):
        parse_json('{"\\ud800": 1}')


@pytest.mark.parametrize("name", ["config.yaml", "params.json", "args.json", ".hydra/overrides.yaml"])
def test_settings_beside_one_file_of_many_runs_are_of_none_of_them(tmp_path, name):
    text = {".hydra/overrides.yaml": "- seed=42\n- lr=0.1\n", "config.yaml": "seed: 42\nlr: 0.1\n"}
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text.get(name, '{"seed": 42, "lr": 0.1}'))
    runs, wide = tmp_path / "results.csv", tmp_path / "wide.csv"
    runs.write_text("schedule,acc\n" + "".join(f"{arm},0.{n}\n" for arm in ("constant", "cosine") for n in range(1, 7)))
    wide.write_text("arm,1,2,3,4,5,6\n" + "".join(f"{arm},.1,.2,.3,.4,.5,.6\n" for arm in ("constant", "cosine")))
    table = read_runs(runs)
    assert table.frame.height == 12
    assert not table.seeded
    assert any(note.startswith("the settings beside the file say config.seed 42") for note in table.guessed)
    table = read_runs(wide)
    assert (table.seeded, table.frame.height) == (True, 12)


def test_settings_that_all_files_share_tell_no_runs_apart(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": 0, "lr": 0.1}')
    for arm in ("constant", "cosine"):
        for seed in (1, 2):
            (tmp_path / f"{arm}_seed{seed}.csv").write_text(f"step,acc\n0,0.1\n1,0.{seed}\n")
    table = read_runs(tmp_path)
    assert table.frame.select("arm", "seed").unique().height == 4
    assert table.seeded
