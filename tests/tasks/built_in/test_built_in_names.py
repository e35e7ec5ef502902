"""Names of built-in tasks: one canonical form, options with ways out, a file by its whole path."""

import re
from pathlib import Path

import pytest

from lrlab.errors import TaskError, UnknownName
from lrlab.tasks import TASKS, at_width, is_user_task, resolve, with_split
from lrlab.tasks._built_in import BUILT_IN


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Text/Char_GPT", "text/char-gpt"),
        ("text/char-gpt(heads=4, blocks=1, dim=64)", "text/char-gpt(blocks=1)"),
        (" text / classify ( words=500, tokens=Characters )", "text/classify(tokens=characters, words=500)"),
        ("text/classify(data=reviews)", "text/classify(data=reviews)"),
        ("digits/segment(width=16)", "digits/segment(width=16)"),
        ("diabetes/mlp(width=1/2, split=fresh)", "diabetes/mlp(split=fresh, width=0.5)"),
        ("quadratic/noisy(condition=1e3, noise=0.50)", "quadratic/noisy(condition=1000, noise=0.5)"),
        ("Logistic(condition=10)", "logistic"),
        ("quadratic/noisy(noise=0)", "quadratic/noisy(noise=0)"),
    ],
)
def test_a_name_has_one_canonical_form(text, canonical):
    assert resolve(text) == (canonical, canonical)
    assert resolve(canonical) == (canonical, canonical)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("text/char-gtp", UnknownName, "unknown task 'text/char-gtp'; did you mean text/char-gpt"),
        ("logistics", UnknownName, "unknown task 'logistics'; did you mean logistic"),
        ("quadratic/noise", UnknownName, "did you mean quadratic/noisy"),
        ("digits/segments", UnknownName, "did you mean digits/segment"),
        ("text/char-gpt(block=1)", UnknownName, "unknown option of a task 'block'; did you mean blocks"),
        ("text/char-gpt(blocks=0)", TaskError, "must be a whole number from 1 to 48, but got '0'; write blocks=1"),
        ("text/char-gpt(blocks=two)", TaskError, "must be a whole number from 1 to 48, but got 'two'"),
        ("text/char-gpt(dim=64, heads=5)", TaskError, "multiple of heads, but got dim=64 and heads=5; write dim=65"),
        ("text/char-gpt(file=nowhere.txt)", TaskError, "there is no file nowhere.txt; give the path of one"),
        ("text/classify(file=\0)", TaskError, "there can be no file .*; give the path of one"),
        ("text/classify(data=a/b)", TaskError, "must be the name of a sub-folder .* 'a/b'; write data=reviews"),
        ("text/classify(tokens=bytes)", TaskError, "must be words or characters, but got 'bytes'; write tokens="),
        ("quadratic/noisy(noise=-1)", TaskError, r"must be a number in \[0, 100\], but got '-1'; write noise=0"),
        ("text/char-gpt(blocks=100)", TaskError, "but got '100'; write blocks=48"),
        ("quadratic/noisy(condition=nan)", TaskError, "must be a number in"),
        ("logistic(dim)", TaskError, 'an option is name=value.*write "logistic" or "logistic.condition=100, dim=64'),
        ("diabetes/mlp(split=new)", TaskError, "must be fixed or fresh, but got 'new'; write split=fresh"),
        ("logistic(dim=2", UnknownName, "unknown task"),
    ],
)
def test_another_name_has_a_way_out(text, error, message):
    with pytest.raises(error, match=message):
        resolve(text)


def test_a_table_is_one(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n")
    with pytest.raises(TaskError, match=r"reads one table.*; leave out file=\.\.\."):
        resolve(f"text/classify(data=reviews, file={tmp_path}/a.csv)")


def test_a_name_has_the_file_and_the_place_its_path(tmp_path, monkeypatch):
    (tmp_path / "Poems.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    place = resolve("text/char-gpt(file=Poems.txt)")
    assert place == ("text/char-gpt(file=Poems.txt)", f"text/char-gpt(file={tmp_path.resolve()}/Poems.txt)")
    assert resolve(place.where) == place
    assert not is_user_task(place.where)
    assert not is_user_task("text/char-gpt(file=C:/mine.py)")


def test_images_in_a_folder_of_such_a_name_are_still_images():
    assert resolve("text/lenet").name == "text/lenet"
    assert resolve("diabetes/resnet18").name == "diabetes/resnet18"


def test_what_has_no_width_and_no_split_says_so():
    assert at_width("diabetes/mlp", 2) == "diabetes/mlp(width=2)"
    assert with_split("diabetes/linear", "fresh") == "diabetes/linear(split=fresh)"
    with pytest.raises(TaskError, match=r"logistic has no width.*ask for the budget alone"):
        at_width("logistic", 2)
    with pytest.raises(TaskError, match="text/char-gpt has one split; leave out the split"):
        with_split("text/char-gpt", "fresh")


def test_each_has_a_line_and_its_options_are_in_the_manual():
    manual = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text(encoding="utf-8")
    for head, kind in BUILT_IN.items():
        told = f"  optimizer={kind.optimizer}" if kind.optimizer else ""
        assert TASKS[head].__doc__ == f"{kind.text}{told}"
        assert f"`{head}`" in manual
        assert set(re.findall(r"(\w+)=", kind.example)) <= set(kind.options), head
        assert all(f"`{option}`" in manual for option in kind.options), head
