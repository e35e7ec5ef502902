"""Rooms have one door, and what they promise to keep light is light."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import lrlab

# All rooms but `cli`, whose door is one function, and those whose libraries may be missing.
DOORS = sorted(
    path.name
    for path in Path(lrlab.__file__).parent.iterdir()
    if (path / "__init__.py").exists() and path.name not in {"cli", "testing", "trainers"}
)
NO_TORCH = [
    "errors",
    "native",
    "schedules",
    "rules",
    "stats",
    "spec",
    "export",
    "tasks",
    "search",
    "store",
    "execution",
    "lab",
    "report",
    "publications",
    "judging",
    "cli",
]


@pytest.mark.parametrize("room", DOORS)
def test_a_door_lists_exactly_what_it_opens(room):
    door = importlib.import_module(f"lrlab.{room}")
    assert sorted(door.__all__) == sorted(name for name in vars(door) if not name.startswith("_"))


@pytest.mark.parametrize("room", NO_TORCH)
def test_rooms_that_train_nothing_load_no_torch(room):
    code = f"import sys, lrlab.{room}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("room", ["schedules", "rules", "stats"])
def test_the_pure_rooms_load_numpy_and_nothing_heavier(room):
    heavy = ["scipy", "torch", "pydantic", "matplotlib", "plotly", "sklearn", "rich", "typer"]
    code = f"import sys, lrlab.{room}; sys.exit(str(sorted(set({heavy}) & set(sys.modules))))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr.strip() == "[]"
    )


def test_the_front_door_is_lazy():
    code = (
        "import sys, lrlab; assert 'numpy' not in sys.modules; lrlab.parse('cosine'); assert 'torch' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_front_door_opens_what_it_lists():
    import lrlab

    assert all(getattr(lrlab, name) is not None for name in lrlab.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lrlab.nothing  # noqa: B018
