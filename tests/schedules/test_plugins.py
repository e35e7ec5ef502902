"""Modules of the user's own are imported by name, by path or as installed; what fails says the user's own line."""

import importlib.metadata
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from lrlab.errors import LabWarning, PluginError, UnknownName
from lrlab.execution._pickling import pack, unpack
from lrlab.schedules import SCHEDULES, Horizon, _plugins, class_fingerprint, load_entry_points, load_plugins, parse
from support.own import PLUGIN, catalogue_kept

SENT_BACK = """
import pickle, sys
sys.path[:] = sys.argv[1:]
from lrlab.execution._pickling import pack
from lrlab.schedules import Horizon, class_fingerprint
schedule, fingerprint = pickle.load(sys.stdin.buffer)
assert class_fingerprint(type(schedule)) == fingerprint
rates = schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
sys.stdout.buffer.write(pack((schedule, fingerprint, rates)))
"""
FOUR = Horizon(updates=4, updates_per_epoch=4)


@pytest.fixture(autouse=True)
def _catalogue(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(_plugins, "_tried", set())
    modules = set(sys.modules)
    with catalogue_kept():
        yield
    for name in set(sys.modules) - modules:
        if name.startswith(("lrlab_plugin_", "uphill", "broken", "needy")):
            del sys.modules[name]


def install(monkeypatch, *modules):
    points = [EntryPoint(name=module, value=module, group="lrlab.plugins") for module in modules]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points if group == "lrlab.plugins" else [])


@pytest.mark.parametrize("name", ["curves.py", "uphill"])
def test_a_module_is_imported_by_path_or_by_name_once(tmp_path, name):
    path = tmp_path / ("curves.py" if name == "curves.py" else "uphill.py")
    path.write_text(PLUGIN)
    load_plugins([name])
    first = SCHEDULES["downhill"]
    load_plugins([name])
    assert SCHEDULES["downhill"] is first
    assert parse("downhill").bind(peak=1.0, horizon=FOUR).all().tolist() == [1.0, 0.8125, 0.625, 0.4375]


def test_files_of_one_name_in_two_folders_are_two(tmp_path):
    for folder, text in (("a", PLUGIN), ("b", PLUGIN.replace("downhill", "further"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "curves.py").write_text(text)
    load_plugins(["a/curves.py", "b/curves.py"])
    assert {"downhill", "further"} <= SCHEDULES.keys()


def test_a_file_finds_its_neighbours_and_prints_to_standard_error(tmp_path, capfd):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "uphill_steps.py").write_text("STEP = 0.25\n")
    text = PLUGIN.replace(
        "LOWEST = 0.25",
        "from uphill_steps import STEP as LOWEST\nprint('here', flush=True); import os; os.system('echo child')",
    )
    (tmp_path / "folder" / "curves.py").write_text(text)
    load_plugins([" folder/curves.py "])
    assert parse("downhill").bind(peak=1.0, horizon=FOUR)(4) == 0.25
    assert capfd.readouterr() == ("", "here\nchild\n")


def test_a_class_of_a_file_goes_to_another_process_and_comes_back_as_the_same_class(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "uphill_steps.py").write_text("STEP = 0.25\ndef lowest(): return STEP\n")
    text = PLUGIN.replace("LOWEST = 0.25", "from uphill_steps import lowest\nLOWEST = lowest()")
    (tmp_path / "folder" / "curves.py").write_text(text.replace("1.0 - LOWEST", "1.0 - lowest()"))
    load_plugins(["folder/curves.py"])
    here = (parse("downhill(power=2)"), class_fingerprint(SCHEDULES["downhill"]))
    returned = subprocess.run(
        [sys.executable, "-c", SENT_BACK, *sys.path], input=pack(here), capture_output=True, check=True, timeout=100
    ).stdout
    schedule, fingerprint, rates = unpack(returned)
    assert type(schedule) is SCHEDULES["downhill"]
    assert (schedule, fingerprint) == here
    assert rates == schedule.bind(peak=1.0, horizon=FOUR).all().tolist()


@pytest.mark.slow
def test_workers_train_with_a_class_of_a_file(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "uphill_steps.py").write_text("def lowest(): return 0.25\n")
    text = PLUGIN.replace("LOWEST = 0.25", "import uphill_steps").replace("LOWEST", "uphill_steps.lowest()")
    (tmp_path / "folder" / "solo.py").write_text(text)
    words = "compare digits/mlp downhill constant --epochs 1 --seeds 2 --peaks 0.1 --tuning-seeds 1 --workers 1"
    command = [str(Path(sys.executable).parent / "lrlab"), *words.split(), "--plugin", "folder/solo.py"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert "downhill" in ran.stdout


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import math\n\nmath.nothing\n", r"broken.py:3: AttributeError: module 'math' has no attribute 'nothing'"),
        ("x = 1\ny = = 2\n", r"broken.py:2: SyntaxError: invalid syntax"),
        ("import not_installed_anywhere\n", r"broken.py:1: ModuleNotFoundError: No module named 'not_installed"),
        ("import sys\nsys.exit(2)\n", r"broken.py:2: SystemExit: 2"),
        (
            PLUGIN.replace('"downhill"', '"cosine"'),
            r"broken.py:16: schedule 'cosine' is already Cosine .*; take another",
        ),
        (
            PLUGIN.replace("@dataclass(frozen=True, kw_only=True)\n", ""),
            r"must be a frozen dataclass; write @dataclass",
        ),
    ],
)
@pytest.mark.parametrize("by", ["broken.py", "broken"])
def test_a_module_that_fails_says_the_line_of_its_own(tmp_path, text, line, by):
    (tmp_path / "broken.py").write_text(text)
    for _ in range(2):  # the second try does not take a half of it for the whole
        with pytest.raises(PluginError, match=rf"the plug-in {by} cannot be loaded: .*{line}.*; mend it"):
            load_plugins([by])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.py", r"there is no file nowhere.py for a plug-in; write the name of a module, or FILE.py"),
        ("nowhere", r"there is no module 'nowhere' for a plug-in; write the name of a module, or FILE.py"),
        ("nowhere.inside", r"there is no module 'nowhere.inside' for a plug-in"),
    ],
)
def test_a_module_that_is_not_there(name, message):
    with pytest.raises(PluginError, match=message):
        load_plugins([name])


def test_an_installed_plugin_is_loaded_when_a_name_is_not_known(tmp_path, monkeypatch):
    (tmp_path / "uphill.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, "uphill")
    parse("warmup+cosine")
    assert "uphill" not in sys.modules
    assert parse("warmup+downhill(power=2)").then.power == 2.0


def test_an_installed_plugin_that_fails_is_passed_over_with_a_warning(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "uphill.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, "broken", "uphill")
    with pytest.warns(LabWarning, match=r"plug-in broken \(broken\) cannot be loaded: .*broken.py:1: ZeroDiv"):
        assert parse("downhill").power == 1.0
    with pytest.raises(UnknownName, match="did you mean downhill"):
        parse("downhil")  # each is tried once: a second warning would be an error here
    load_entry_points()
