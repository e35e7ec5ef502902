"""Classes of texts: by default, which package of Python's library a line of source comes from.

9,000 lines of 20 characters or more, 1,500 from each of asyncio, email, importlib, multiprocessing, unittest and xml;
lines that occur in two packages are left out. A file of your own has a text and a label in each row.
Split by a shuffle that is fixed, each class in proportion: 60 % train, 20 % validation, 20 % test; of a data folder
with test data those are the test, and 10 % of the others validation. Tokens are words in lower case, or characters; the
vocabulary is what is most frequent in the training part. A text is cut after `length` tokens, and padded up to it.

The lines are those of the Python that runs: another version has others, another fingerprint and other keys.

Source: Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification", 2015.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import TaskError
from .._base import Task
from .._labels import read_labels
from .._splits import room_for_all, stratified_parts
from ._python_text import package_lines
from ._text_tables import Columns, LabelledTexts, find_tables, read_table, read_tables
from ._words import count_tokens, split_tokens

FEWEST = 10


def text_classify(data: str, dim: int, file: str, label: str, length: int, text: str, tokens: str, words: int) -> Task:
    """The class of a text under a mean of token vectors and two linear layers."""
    from ...models import text_classifier  # torch is loaded here, not before
    from ...objectives import Classification

    tables = _read_parts(data, file, Columns(text, label))
    split = {name: [split_tokens(each, tokens) for each in table.texts] for name, table in tables.items()}
    vocabulary = count_tokens(split["train"], words)
    names = tables["train"].names
    read = read_labels({name: table.labels for name, table in tables.items()}, names)
    parts: dict[str, Any] = {
        name: (vocabulary.encode(texts, length), read.parts[name]) for name, texts in split.items()
    }
    classes = len(names) or 1 + max(int(labels.max()) for labels in read.parts.values())
    model = partial(text_classifier, vocabulary=vocabulary.size, classes=classes, dim=dim)
    task = Task(model=model, objective=Classification(), class_names=read.names, version="1", **parts)
    return task._with_reading_notes((tables["train"].columns, *read.notes) if file or data else ())


def _read_parts(data: str, file: str, columns: Columns) -> dict[str, LabelledTexts]:
    """Texts and labels of train, validation and test."""
    if data:
        files = find_tables(data)
        table = read_tables(files.train, columns)
        if files.test:
            train, validation = _cut_table(table, (0.1,))
            test = read_tables(files.test, columns)
            _check_alike(table, test)
            return {"train": train, "validation": validation, "test": test}
    else:
        table = read_table(Path(file), columns) if file else LabelledTexts(*_as_arrays(package_lines()))
    return dict(zip(("train", "validation", "test"), _cut_table(table, (0.2, 0.2)), strict=True))


def _check_alike(train: LabelledTexts, test: LabelledTexts) -> None:
    """Raise TaskError where training and test data name their classes in other ways."""
    if (train.names, train.labels.dtype.kind) != (test.names, test.labels.dtype.kind):
        raise TaskError("training and test data name their classes in other ways; write them again with the same names")


def _as_arrays(lines: tuple[list[str], list[str]]) -> tuple[list[str], np.ndarray]:
    return lines[0], np.array(lines[1])


def _cut_table(table: LabelledTexts, shares: tuple[float, ...]) -> list[LabelledTexts]:
    """The table in parts, each class in proportion; the first takes what the shares leave."""
    count = len(table.texts)
    if count < FEWEST:
        raise TaskError(f"text/classify needs at least {FEWEST} texts to train on, but got {count}; give more rows")
    classes = np.unique(table.labels, return_inverse=True)[1]
    least = room_for_all(classes, len(shares) + 1)
    sizes = [max(round(share * count), least) for share in shares]
    parts = stratified_parts(classes, (count - sum(sizes), *sizes))
    return [table._replace(texts=[table.texts[place] for place in part], labels=table.labels[part]) for part in parts]
