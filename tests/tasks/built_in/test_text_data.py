"""Text in: Python's own, files, tables, vocabularies; and what is said of text that cannot be read."""

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import TaskError, UnknownName
from lrlab.tasks import get, resolve
from lrlab.tasks._built_in import _python_text
from lrlab.tasks._built_in._char_gpt import cut_windows
from lrlab.tasks._built_in._words import PADDING, UNKNOWN, count_tokens, split_tokens


def task_of(name, **options):
    written = ", ".join(f"{option}={value}" for option, value in options.items())
    return get(resolve(f"{name}({written})").where)


def test_no_paragraph_of_the_language_reference_comes_twice():
    text = _python_text.language_reference()
    parts = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    assert len(parts) == len(set(parts))
    assert 300_000 < len(text) < 600_000


def test_the_parts_of_a_text_are_in_its_order_and_share_nothing():
    task, text = get("text/char-gpt"), _python_text.language_reference()
    parts = [split.inputs.flatten() for _, split in task.splits()]
    assert [len(part) / len(text) for part in parts] == pytest.approx([0.8, 0.1, 0.1], abs=1e-3)
    for _, split in task.splits():
        assert (split.inputs.flatten()[1:] == split.labels.flatten()[:-1]).all()
    train = text[: round(0.8 * len(text))]
    tokens = count_tokens([train], 502).tokens
    written = "".join(tokens[number - 2] for number in parts[0][:5000].tolist())
    assert written == text[:5000]


@given(st.lists(st.integers(0, 9), min_size=3, max_size=60), st.integers(1, 7))
def test_windows_hold_each_character_once_and_the_one_after_it(ids, context):
    inputs, labels = cut_windows(np.array(ids), context)
    kept = (len(ids) - 1) // context * context
    assert inputs.ravel().tolist() == ids[:kept]
    assert labels.ravel().tolist() == ids[1 : kept + 1]


@given(st.lists(st.text("ab c1", max_size=12), min_size=1, max_size=8), st.integers(3, 8))
def test_tokens_come_back_and_the_rest_is_unknown(texts, most):
    split = [split_tokens(text, "words") for text in texts]
    vocabulary = count_tokens(split, most)
    ids = vocabulary.encode(split, 5)
    assert ids.shape == (len(texts), 5)
    assert vocabulary.size <= most
    for row, tokens in zip(ids.tolist(), split, strict=True):
        kept = tokens[:5]
        assert row[len(kept) :] == [PADDING] * (5 - len(kept))
        for number, token in zip(row, kept, strict=False):
            known = token in vocabulary.tokens
            assert number == (2 + vocabulary.tokens.index(token) if known else UNKNOWN)


def test_a_vocabulary_is_of_the_training_part_alone():
    task = get("text/classify")
    counted = np.bincount(task.train.inputs.numpy().ravel(), minlength=2000)
    assert counted[2:].min() > 0
    assert (np.diff(counted[2:202]) <= 0).mean() > 0.7  # the most frequent first; lines are cut after 24 words


def test_a_text_of_ones_own(tmp_path):
    (tmp_path / "song.txt").write_text("la da dé " * 200, encoding="utf-8")
    task = task_of("text/char-gpt", file=tmp_path / "song.txt", context=8, dim=8, heads=2)
    assert len(task.train.labels) == 179
    assert task.model()(task.train.inputs[:2]).shape == (2, 8, 5 + 2)  # five signs, padding, unknown
    (tmp_path / "short.txt").write_text("a" * 100)
    with pytest.raises(TaskError, match="810 characters, but got 100; give a longer text, or a smaller context"):
        task_of("text/char-gpt", file=tmp_path / "short.txt", context=8)
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe" * 500)
    with pytest.raises(TaskError, match=r"cannot be read as text in UTF-8.*saved as UTF-8"):
        task_of("text/char-gpt", file=tmp_path / "bytes.txt")


ROWS = {"Review": ["good one", "bad one", "so so"] * 10, "Class": ["yes", "no", "no"] * 10}


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_a_table_is_read_in_each_form(kind, tmp_path):
    file, frame = tmp_path / f"a.{kind}", polars.DataFrame(ROWS)
    match kind:
        case "parquet":
            frame.write_parquet(file)
        case _:
            frame.write_csv(file, separator="\t" if kind == "tsv" else ",")
    task = task_of("text/classify", file=file, length=3)
    assert task.class_names == ("no", "yes")
    assert [len(split.labels) for _, split in task.splits()] == [18, 6, 6]
    assert task.train.inputs.shape == (18, 3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {"text": ["a"] * 20, "mark": [1] * 20},
            "needs a column label or .* but has 'text', 'mark'; say which is meant, label=NAME",
        ),
        ({"text": ["a", None] * 10, "label": [0, 1] * 10}, "row 1 has no text; fill it in, or remove such rows"),
        ({"text": ["a"] * 20, "label": [0.5] * 20}, "a label is a class: text, or a whole number; convert it"),
        ({"text": ["a"] * 4, "label": [0, 1] * 2}, "at least 10 texts to train on, but got 4; give more rows"),
    ],
)
def test_a_table_that_is_none_has_a_way_out(rows, message, tmp_path):
    polars.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(TaskError, match=message):
        task_of("text/classify", file=tmp_path / "a.parquet")


def test_files_that_are_no_tables(tmp_path):
    (tmp_path / "a.xls").write_bytes(b"")
    with pytest.raises(TaskError, match=r"must end with .csv, .tsv, .parquet or .arrow; rename or convert it"):
        task_of("text/classify", file=tmp_path / "a.xls")
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(TaskError, match=r"is no parquet file that can be read.*; fetch it again"):
        task_of("text/classify", file=tmp_path / "a.parquet")
    (tmp_path / "latin.csv").write_bytes("text,label\ncafé,1\n".encode("latin-1"))
    with pytest.raises(TaskError, match=r"cannot be read as csv: .*; write it again, in UTF-8"):
        task_of("text/classify", file=tmp_path / "latin.csv")


@pytest.mark.parametrize("head", ["text,label,label", "text,label,Label", "text,label, label"])
def test_a_column_that_is_there_twice_is_refused(head, tmp_path):
    (tmp_path / "twice.csv").write_text(f"{head}\n" + "a,b,c\n" * 20)
    with pytest.raises(TaskError, match=r"has 2 columns label.*rename the others, in the first line"):
        task_of("text/classify", file=tmp_path / "twice.csv")


def test_the_mark_of_a_byte_order_is_no_character(tmp_path):
    text = "la da dé " * 200
    (tmp_path / "plain.txt").write_text(text, encoding="utf-8")
    (tmp_path / "marked.txt").write_text(text, encoding="utf-8-sig")
    one, other = (task_of("text/char-gpt", file=tmp_path / name, context=8) for name in ("plain.txt", "marked.txt"))
    assert (one.train.inputs == other.train.inputs).all()


def test_a_data_folder_may_have_test_data_of_its_own(tmp_path, monkeypatch):
    name = "text/classify(data=reviews)"
    with pytest.raises(TaskError, match=r"needs a data folder, and none is set: give --data-dir FOLDER.*file=PATH"):
        get(name)
    monkeypatch.setenv("LRLAB_DATA", str(tmp_path))
    folder = tmp_path / "reviews"
    folder.mkdir()
    frame = polars.DataFrame({"text": ["good", "bad", "so", "la"] * 10, "label": [1, 2, 2, 1] * 10})
    frame.write_parquet(folder / "train.parquet")
    assert [len(split.labels) for _, split in get(name).splits()] == [24, 8, 8]
    monkeypatch.setenv("LRLAB_DATA", f"{tmp_path}/../{tmp_path.name}/.")
    with pytest.raises(UnknownName, match="unknown data set 'views'; did you mean reviews"):
        get("text/classify(data=views)")
    other = tmp_path / "again" / "reviews"
    other.mkdir(parents=True)
    frame.write_parquet(other / "train.parquet")
    frame.head(6).write_parquet(other / "test.parquet")
    monkeypatch.setenv("LRLAB_DATA", str(other.parent))
    assert [len(split.labels) for _, split in get(name).splits()] == [36, 4, 6]
    pictures = other.parent / "pets" / "cat"
    pictures.mkdir(parents=True)
    (pictures.parent / "dog").mkdir()
    for place in (pictures, pictures.parent / "dog"):
        (place / "1.jpg").write_bytes(b"")
    with pytest.raises(TaskError, match="holds image files; texts are in train"):
        get("text/classify(data=pets)")


def test_a_python_without_its_text_has_a_way_out(monkeypatch):
    monkeypatch.setattr(_python_text, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(TaskError, match=r"has no pydoc_data.topics.*file=PATH"):
        _python_text.language_reference()
    monkeypatch.setattr(_python_text, "PACKAGES", ("nowhere",))
    with pytest.raises(TaskError, match=r"no source of its package nowhere.*file=PATH"):
        _python_text.package_lines()
