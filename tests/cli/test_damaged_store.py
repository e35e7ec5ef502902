"""What a user is told of a store that is damaged, no store, or in a folder where nothing may be written."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from lrlab import lab
from lrlab.api._places import writable_folder
from lrlab.execution import Inline
from lrlab.spec import Setup
from lrlab.store import Store
from support.command import lrlab
from support.tasks import BLOBS_FILE, study
from support.watching import Watching


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with a study that was run."""
    folder = tmp_path_factory.mktemp("lab")
    name = f"{folder / 'mine.py'}:task"
    (folder / "mine.py").write_text(BLOBS_FILE)
    prepared = lab.prepare(study(name), lab.open_task(name))
    with Store(folder / "records.db", write=True) as store:
        crew = lab.Crew(Inline(), Setup(layout="grouped", size=8), name)
        lab.run_study(prepared, store, crew, Watching(), "")
    return folder / "records.db"


@pytest.fixture
def path(whole, tmp_path):
    return Path(shutil.copy(whole, tmp_path))


def change(path, statement):
    database = sqlite3.connect(path)
    with database:
        database.execute(statement)
    database.close()


def test_one_changed_digit_of_a_score_is_named_with_the_way_out(path):
    with Store(path) as store:
        key = store.record_keys()[2]
        text = store.get([key])[key].to_json().replace('"score":0.', '"score":0.1')
    change(path, f"update record set form = 0, record = '{text}' where rowid = 3")
    said = lrlab("report", "--store", "records.db", cwd=path.parent, code=2).stderr
    assert "lrlab: the record of trial " in said
    assert "is not what was written there" in said
    assert "or forget the trial and run its study again" in said


def test_a_study_that_can_not_be_read_is_a_line_for_people(path):
    change(path, "update plan set study = '{}'")
    said = lrlab("report", "--store", "records.db", cwd=path.parent, code=2).stderr
    assert said == (
        "lrlab: records.db holds no study that can be read: small: it is not what was written there; run it again\n"
    )


@pytest.mark.parametrize(("name", "way_out"), [("", "name a file"), (":memory:", "a store is a file, but got")])
def test_a_store_that_would_keep_nothing_is_refused(tmp_path, name, way_out):
    said = lrlab("run", "demo", "--store", name, cwd=tmp_path, code=2).stderr
    assert way_out in said
    assert not list(tmp_path.iterdir())


def test_the_page_of_a_store_in_a_read_only_folder_is_written_here():
    with tempfile.TemporaryDirectory() as folder:
        store, user = Path(folder) / "records.db", os.geteuid()
        assert writable_folder(store.parent) == store.parent
        Path(folder).chmod(0o555)
        if user == 0:  # who may write everywhere
            os.seteuid(65534)
        try:
            assert writable_folder(store.parent) == Path()
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)
