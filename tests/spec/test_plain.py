"""YAML beyond the plain: numbers as people write them are numbers, everything doubtful is answered in words."""

import os

import pytest

from lrlab.errors import StudyError
from lrlab.spec import dump_study, load_study, make_optimizer, make_study

FIELDS = {
    "name": "plain",
    "task": "digits/mlp",
    "budget": "1 epochs",
    "schedules": "[constant, cosine]",
    "tune": "{peaks: [0.1], seeds: 1}",
}


def study_of(tmp_path, more="", **fields):
    path = tmp_path / "s.yaml"
    text = "".join(f"{name}: {value}\n" for name, value in (FIELDS | fields).items())
    path.write_bytes(text.encode() + (more if isinstance(more, bytes) else more.encode()))
    return load_study(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-2", 0.01),
        ("3E-3", 0.003),
        ("1.e-2", 0.01),
        (".5e-1", 0.05),
        ("+1e-1", 0.1),
        ("2e0", 2.0),
        ("1", 1.0),
        ("0.30000000000000004", 0.30000000000000004),
    ],
)
def test_a_number_is_one_wherever_it_stands(tmp_path, text, value):
    lists = f'[constant, {{name: scale, by: {text}, of: {{name: linear}}}}, "scale(by={text}, of=cosine)"]'
    study = study_of(tmp_path, tune=f"{{peaks: [{text}]}}", optimizer=f"{{weight_decay: {text}}}", schedules=lists)
    assert study.tune.peaks == (value,)
    assert study.optimizer.weight_decay == value
    assert [schedule.to_dict()["by"] for schedule in study.schedules[1:]] == [value, value]


@pytest.mark.parametrize(("text", "value"), [("32", 32), ("1_000", 1000), ("5e1", 50), ("64.0", 64), ("+8", 8)])
def test_whole_numbers_in_every_spelling(tmp_path, text, value):
    assert study_of(tmp_path, batch_size=text).batch_size == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yes", "input should be a number, but got yes; write one such as 10"),
        ("Off", "input should be a number, but got Off"),
        ("'32'", "but got '32'; write one such as 10, 0.01 or 1e-2, without quotes"),
        ("1:30", "1:30 is counted in sixties in YAML; write a decimal number"),
        ("017", "017 is octal in YAML; write a decimal number"),
        ("09", "09 is octal in YAML"),
        ("0x1F", "0x1F is hexadecimal, octal or binary in YAML"),
        ("0b11", "0b11 is hexadecimal, octal or binary in YAML"),
        ("0o17", "0o17 is hexadecimal, octal or binary in YAML"),
        ("1_0", "1_0 is read without its underscores by YAML"),
        (".inf", ".inf is not a finite number"),
        ("-.Inf", "-.Inf is not a finite number"),
        (".nan", ".nan is not a finite number"),
        ("1e999", "1e999 is too large for a number"),
        ("1e-999", "1e-999 is too small for a number"),
        ("9" * 5000, "a number has at most 40 characters, but 999999999999...999 has 5000; round it"),
        ("", "but got None; give it a value, or leave it out"),
        ("~", "but got ~; give it a value, or leave it out"),
        ("2024-01-01", "but got '2024-01-01'"),
        ("=", "but got '='"),
        ("٣٢", "but got '٣٢'"),
        ("−1", "but got '−1'"),
        ("!!int abc", "a tag, tag:yaml.org,2002:int, is not read here; leave it out"),
        ("!!float 32", "a tag, tag:yaml.org,2002:float, is not read here"),
        ("!size 32", "a tag, !size, is not read here"),
        ("!!python/object/apply:os.getcwd []", "a tag, .*, is not read here; leave it out"),
        ("32.5", "input should be a valid integer"),
        ("[32]", "input should be a valid integer"),
        ('"\\0"', "zero and half characters are no text"),
        ('"\\ud800"', "zero and half characters are no text"),
    ],
)
def test_what_is_no_plain_number_is_told_with_its_line(tmp_path, text, message):
    with pytest.raises(StudyError, match=rf"s.yaml:6: batch_size: .*{message}") as caught:
        study_of(tmp_path, batch_size=text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("<<: {batch_size: 3}\n", ":6: study: fields are not merged here by <<; write them out"),
        ("batch_size: 3\nbatch_size: 4\n", ":7: batch_size: given twice; keep one"),
        ("? [a, b]\n: 3\n", ":6: study: a field has a name, which is plain text"),
        ("!!str batch_size: 3\n", ":6: study: a field has a name, which is plain text"),
        ("---\nname: x\n", ":6: not YAML: but found another document; a file holds one study"),
        ("\tbatch_size: 3\n", "indent with spaces, not tabs"),
        ("title: *none\n", ":6: not YAML: found undefined alias 'none'; write out what the alias"),
        ("title: @x\n", "put text in quotes"),
        ("title: a: b\n", "put text with a colon in quotes"),
        ("title: \x07\n", r":6: not YAML: the character '\\x07' may not stand here; leave it out"),
        ("x: " + "[" * 1500, ":6: fields and lists inside one another more than 40 deep; a study needs 10"),
        ("x: &x [*x]\n", "more than 40 deep; write out what the aliases"),
        ('title: "\\UFFFFFFFF"\n', r"not YAML: .*; leave out what begins with % or \\U"),
        (b"title: \xe9\n", "save it as UTF-8"),
        (b"\xff\xfe", "save it as UTF-8"),
        ("x:\n" + "- a\n" * 50_000, "more than 50000 fields and members; a study has tens"),
        (b"#" * 1_000_001, "it is larger than 1000000 bytes; a study is a few hundred"),
    ],
)
def test_yaml_beyond_the_plain_is_answered_in_words(tmp_path, more, message):
    with pytest.raises(StudyError, match=message):
        study_of(tmp_path, more)


def test_aliases_that_multiply_end_soon(tmp_path):
    lines = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True):
        lines += f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    with pytest.raises(StudyError, match=r"s.yaml:6: more than 50000 fields and members; write out what the aliases"):
        study_of(tmp_path, lines)


def test_an_alias_that_means_something_is_read(tmp_path):
    study = study_of(tmp_path, schedules="[&c {name: cosine, floor: 0.1}, {name: warmup, then: *c}]")
    assert study.labels == ("cosine(floor=0.1)", "warmup+cosine(floor=0.1)")


def test_text_stays_text(tmp_path):
    study = study_of(tmp_path, "title: 2024-01-01\n", name="2024-01-01")
    assert (study.name, study.title) == ("2024-01-01", "2024-01-01")
    with pytest.raises(StudyError, match=r"title: 017 is octal in YAML; .*or put text in quotes"):
        study_of(tmp_path, "title: 017\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_ends_of_lines_of_every_editor(tmp_path, end):
    path = tmp_path / "s.yaml"
    lines = [f"{name}: {value}" for name, value in FIELDS.items()]
    path.write_bytes(b"\xef\xbb\xbf" + end.join(lines).encode())
    assert load_study(path).name == "plain"


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "folder.yaml").mkdir()
    for name, what in (("pipe", "a pipe or a device"), ("zero", "a pipe or a device"), ("folder", "a folder")):
        with pytest.raises(StudyError, match=f"it is {what}; name a YAML file"):
            load_study(tmp_path / f"{name}.yaml")
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(StudyError, match="cannot read the study file"):
            load_study(tmp_path / name)


def test_a_value_refused_while_reading_is_told_once(tmp_path):
    with pytest.raises(StudyError) as caught:
        study_of(tmp_path, tune="{peaks: [017, 0x1], seeds: 1}", schedules="[constant, {name: step, gamma: 0b1}]")
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["schedules.1.gamma", "tune.peaks.0", "tune.peaks.1"]


def test_very_many_mistakes_are_told_by_the_first_ones(tmp_path):
    with pytest.raises(StudyError) as caught:
        study_of(tmp_path, "".join(f"field{number}: 1\n" for number in range(500)))
    lines = str(caught.value).splitlines()
    assert len(lines) == 31
    assert lines[-1] == "and 470 more"
    with pytest.raises(StudyError, match="schedules: may hold at most 1000, but got 1001; ask a part"):
        study_of(tmp_path, schedules="[" + "cosine, " * 1001 + "]")
    with pytest.raises(StudyError) as caught:
        study_of(tmp_path, schedules="['" + "x" * 9000 + "']")
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"momentum": True}, "momentum: input should be a number, but got True"),
        ({"momentum": "0.5"}, "momentum: input should be a number, but got '0.5'; write one .* without quotes"),
        ({"clip": "1"}, "clip: input should be a number"),
        ({"nesterov": 1}, "nesterov: input should be a valid boolean, but got 1; write true or false"),
        ({"nesterov": "yes"}, "nesterov: input should be a valid boolean, but got 'yes'; write true or false"),
        ({"eps": None}, "eps: .*but got None; give it a value, or leave it out"),
    ],
)
def test_words_are_no_numbers_and_numbers_no_words(fields, message):
    with pytest.raises(StudyError, match=message):
        make_optimizer(fields)


@pytest.mark.parametrize("name", ["AdamW", "ADAMW", "adamW", " adamw "])
def test_words_of_a_few_in_any_case(name):
    assert make_optimizer({"name": name}) == make_optimizer({"name": "adamw"})
    study = make_study(
        {
            "name": "n",
            "task": "t",
            "schedules": ["constant"],
            "budget": "1 Epoch",
            "optimizer": name,
            "tune": {"peaks": [0.1], "choose": "Loss"},
            "confirm": {"questions": "PAIRS"},
            "watch": "Test",
            "precision": "Float64",
        }
    )
    assert (study.tune.choose, study.confirm.questions, study.watch, study.precision) == (
        "loss",
        "pairs",
        "test",
        "float64",
    )
    assert study.optimizer.name == "adamw"


@pytest.mark.parametrize("text", ["red\x1b[31m", "two\nlines", "\u202eturned", "half\ud800", "zero\u200bwidth"])
def test_labels_and_titles_cannot_move_a_cursor(text):
    arm = {"label": text, "candidates": [{"schedule": "constant", "peak": 0.1}]}
    other = {"label": "plain", "candidates": [{"schedule": "constant", "peak": 0.2}]}
    study = make_study({"name": "n", "task": "t", "budget": "1 epochs", "arms": [arm, other], "title": text})
    assert study.labels[0].isprintable()
    assert "\\" in study.labels[0]
    assert study.title.isprintable()
    assert type(study).from_json(study.to_json()) == study


def test_a_schedule_that_yaml_cuts_at_its_commas_is_told(tmp_path):
    with pytest.raises(StudyError, match=r"schedules.1: .*; put it in quotes, for YAML cuts lists at commas"):
        study_of(tmp_path, schedules="[constant, warmup(span=10%, start=0.1)+cosine]")


def test_shared_seeds_are_told_by_the_first_ones(tmp_path):
    with pytest.raises(
        StudyError, match=r"\[1000, 1001, 1002, 1003, 1004\] and 995 more were used .* begin them at 2000"
    ):
        study_of(tmp_path, "confirm: {seeds: 3000}\n", tune="{peaks: [0.1], seeds: 2000}")


@pytest.mark.parametrize(
    "text", ["1e-3", "08", "017", "0o7", "1:30", "yes", "null", ".inf", "=", "2024-01-01", "1_0", "3"]
)
def test_text_that_looks_like_something_else_comes_back_as_text(tmp_path, text):
    study = study_of(tmp_path, f"title: '{text}'\n")
    (tmp_path / "again.yaml").write_text(dump_study(study))
    assert load_study(tmp_path / "again.yaml") == study


def test_a_word_that_must_be_text_says_so(tmp_path):
    with pytest.raises(StudyError, match=r"protocol: input should be '1.0', but got 1.0; put text in quotes"):
        study_of(tmp_path, "protocol: 1.0\n")
    with pytest.raises(StudyError, match="unknown field of schedule constant 'foo'; known: none; leave it out"):
        study_of(tmp_path, schedules="[{name: constant, foo: 1}]")
    with pytest.raises(StudyError, match=r"schedules: input should be a valid list, .*; write a list, as in \[a, b\]"):
        study_of(tmp_path, schedules="constant")
