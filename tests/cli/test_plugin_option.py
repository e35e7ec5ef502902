"""`--plugin` in every verb that meets schedules of the user's own: typed, or in a store."""

import json
import sys

import pytest
from typer.testing import CliRunner

from lrlab.cli import app
from lrlab.schedules import load_plugins, parse
from lrlab.store import Store, StoredStudy
from support.own import PLUGIN, catalogue_kept
from support.tasks import study


@pytest.fixture
def said(tmp_path, monkeypatch):
    """A plug-in, and a store that notes one run of its schedule; what a command ends with there, and says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "mine.py").write_text(PLUGIN)
    modules = set(sys.modules)
    with catalogue_kept():
        load_plugins(["mine.py"])
        own = study("blobs").model_copy(update={"name": "own", "schedules": (parse("constant"), parse("downhill"))})
        with Store("records.db", write=True) as store:
            store.add_study(StoredStudy(own, "data", ""))

    def run(*words):
        for name in set(sys.modules) - modules:
            if name.startswith("lrlab_plugin_"):
                del sys.modules[name]
        with catalogue_kept():
            done = CliRunner().invoke(app, words)
        return done.exit_code, done.stdout + done.stderr

    return run


NAMED = "name its module with --plugin"


@pytest.mark.parametrize(
    ("words", "without", "code", "within"),
    [
        ("list runs", NAMED, 0, "own  0 of about"),
        ("store gc --dry-run", NAMED, 0, "0 records"),
        ("store forget --study own --dry-run", NAMED, 0, "0 trials would be forgotten"),
        ("store export tables --study own", NAMED, 0, "trials.csv"),
        ("report", NAMED, 2, "own is not finished"),
        ("report --so-far", NAMED, 0, "own"),
    ],
)
def test_a_store_with_a_schedule_of_the_users_own_is_read_with_its_module(said, words, without, code, within):
    store = ("--store", "records.db")
    assert without in said(*words.split(), *store)[1]
    found, told = said(*words.split(), *store, "--plugin", "mine.py")
    assert (found, NAMED in told) == (code, False), told
    assert within in told


def test_a_schedule_of_the_users_own_is_drawn_and_listed(said):
    code, told = said("show", "downhill")
    assert code == 2
    assert "one of your own is known once its module is named, with --plugin or load_plugins" in told
    code, told = said("show", "downhill", "--updates", "4", "--json", "--plugin", "mine.py")
    assert (code, json.loads(told)) == (0, {"downhill": [1.0, 0.8125, 0.625, 0.4375]})
    assert "downhill" in said("list", "schedules", "--plugin", "mine.py")[1]
    assert "did you mean cosine" in said("show", "cosin")[1]


def test_every_verb_that_meets_schedules_takes_the_option():
    import typer

    group = typer.main.get_command(app)
    verbs = dict(group.commands) | {f"store {name}": verb for name, verb in group.commands["store"].commands.items()}
    taking = {name for name, verb in verbs.items() if any("--plugin" in parameter.opts for parameter in verb.params)}
    assert set(verbs) - taking == {"store", "judge", "doctor"}
