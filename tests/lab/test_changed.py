"""A study that was changed since it was run says why nothing of it counts."""

import pytest

from lrlab import lab
from lrlab.engine._perform import _load_task
from lrlab.execution import Inline
from lrlab.spec import Optimizer, Setup
from lrlab.store import Store
from support.tasks import BLOBS_FILE, study


@pytest.fixture
def opened(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.open_task(f"{tmp_path / 'mine.py'}:task")


def said(opened, store, data=None, **changes):
    task = opened if data is None else opened._replace(data=data)
    prepared = lab.prepare(study("mine:task").model_copy(update=changes), task)
    return lab.changed_sentence(prepared, store)


def test_what_is_another_of_every_trial_is_said(opened, tmp_path):
    with Store(tmp_path / "s.db", write=True) as store:
        prepared = lab.prepare(study("mine:task"), opened)
        assert said(opened, store, batch_size=8) == ""
        lab.run_study(prepared, store, lab.Crew(Inline(), Setup(layout="loop"), opened.where), lambda _: None, "")
        done, was = len(store), prepared.study.optimizer.momentum
        head = f"{done} trials of {prepared.study.name} done before with"
        assert said(opened, store) == ""
        size = prepared.study.batch_size
        assert said(opened, store, batch_size=8) == f"{head} batch size {size}: none of them counts here"
        other = Optimizer(momentum=0.3)
        assert said(opened, store, optimizer=other, data="x") == (
            f"{head} momentum {was:g} and other data: none of them counts here"
        )
        assert said(opened, store, name="another", batch_size=8) == ""


def test_an_edited_file_is_another_task_and_trains_as_it_is_now(tmp_path):
    file = tmp_path / "edited.py"
    file.write_text("from support.tasks import blobs\n\n\ndef task():\n    return blobs(count=120)\n")
    first = lab.open_task(f"{file}:task")
    assert _load_task(first.where, "cpu").examples == 72
    file.write_text(file.read_text().replace("120", "90") + "\n\n# longer\n")
    again = lab.open_task(f"{file}:task")
    assert (first.examples, again.examples) == (72, 54)
    assert again.data != first.data
    assert _load_task(again.where, "cpu").examples == 54
