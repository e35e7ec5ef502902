"""Texts of the hub and of parquet files in its form: columns found, or named; wrong ones with the way out."""

import json

import huggingface_hub
import polars
import pytest

from lrlab.errors import TaskError
from lrlab.tasks import get, resolve

REVIEWS = {"text": ["good one", "bad one", "so so", "la la"] * 10, "label": [1, 0, 0, 1] * 10}
FEATURES = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A set of the hub, its splits as frames."""

    def make(**splits):
        folder = tmp_path / "set" / "plain_text"
        folder.mkdir(parents=True)
        for name, rows in splits.items():
            metadata = {"huggingface": json.dumps(FEATURES)} if "label" in rows else None
            polars.DataFrame(rows).write_parquet(folder / f"{name}-00000-of-00001.parquet", metadata=metadata)
        asked = []

        def download(*, repo_id, repo_type, allow_patterns, revision):
            asked.append((repo_id, repo_type, allow_patterns, revision))
            return str(tmp_path / "set")

        monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
        return asked

    return make


def task(name):
    place = resolve(name)
    return get(place.where)


def test_a_set_of_texts_is_a_task_with_the_names_of_its_classes(hub):
    asked = hub(train=REVIEWS, test=REVIEWS, unsupervised={"text": ["x"], "label": [-1]})
    made = task("text/classify(data=hub:owner/imdb-1, length=3)")
    assert asked == [("owner/imdb-1", "dataset", "*.parquet", None)]
    assert made.class_names == ("neg", "pos")
    assert [len(split.labels) for _, split in made.splits()] == [36, 4, 40]
    assert made.notes[0] == "train-00000-of-00001.parquet: texts are in column text, labels in column label"
    assert resolve("text/classify(data=hub:owner/imdb-1)").name == "text/classify(data=hub:owner/imdb-1)"


def test_columns_of_other_names_are_named(hub):
    rows = {"id": list(range(40)), "verse_text": REVIEWS["text"], "Mood": ["up", "down", "down", "up"] * 10}
    hub(train=rows, validation=rows)
    with pytest.raises(TaskError, match=r"needs a column text or .*, but has 'id', 'verse_text', 'Mood'; .*text=NAME"):
        task("text/classify(data=hub:owner/poems-1)")
    with pytest.raises(TaskError, match=r"needs a column label or .*; say which is meant, label=NAME"):
        task("text/classify(data=hub:owner/poems-1, text=verse_text)")
    with pytest.raises(TaskError, match=r"has no column 'verse'; did you mean verse_text\?"):
        task("text/classify(data=hub:owner/poems-1, text=verse, label=Mood)")
    made = task("text/classify(data=hub:owner/poems-1, text=verse_text, label=Mood)")
    assert made.class_names == ("down", "up")
    assert [len(split.labels) for _, split in made.splits()] == [36, 4, 40]


WRONG = [
    (
        {"text": [0.5] * 40, "words": ["a"] * 40, "label": [0, 1] * 20},
        "holds Float64, and no text; .* name one, text=words",
    ),
    ({"text": ["a"] * 40, "label": [[0], [1]] * 20}, r"column label holds List.*objective=MultiLabel\(\)"),
    ({"text": ["a"] * 40, "label": [0.5] * 40}, "holds numbers with a point.*or name another column, label=NAME"),
    ({"text": ["a"] * 40, "label": [0, 2] * 20}, "row 1 has label 2, but its 2 classes are 0 .. 1; .*sub-folder"),
]


@pytest.mark.parametrize(("number", "rows", "words"), [(number, *each) for number, each in enumerate(WRONG)])
def test_columns_of_another_kind_are_refused_with_the_way_out(number, rows, words, hub):
    hub(train=rows)
    with pytest.raises(TaskError, match=words):
        task(f"text/classify(data=hub:owner/wrong-{number})")


def test_test_labels_that_are_kept_secret_are_told(hub):
    hub(train=REVIEWS, test=REVIEWS | {"label": [-1] * 40})
    with pytest.raises(TaskError, match=r"row 0 has label -1, .* test labels are kept secret have -1 there: copy"):
        task("text/classify(data=hub:owner/secret-1)")


def test_texts_are_no_images(hub):
    hub(train=REVIEWS)
    with pytest.raises(TaskError, match=r"needs a column image or img; .*read by text/classify\(data=FOLDER or hub:"):
        task("hub:owner/imdb-2/mlp")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("data=hub:imdb", r"name of a sub-folder .*, or hub:OWNER/NAME, but got 'hub:imdb'; write .*hub:stanfordnlp"),
        ("data=a/b", "or hub:OWNER/NAME, but got 'a/b'"),
        ("text=review", r"text=review is a column of a table of yours; name that, file=PATH or data=NAME"),
        ("data=hub:a/b, text=review, label=review", r"text and label are two columns, but both are review"),
        ("data=hub:a/b, text=", r"must be the name of a column|name=value"),
    ],
)
def test_options_that_cannot_be_are_refused(options, words):
    with pytest.raises(TaskError, match=words):
        resolve(f"text/classify({options})")
