import subprocess
import sys

from lrlab import stats


def test_the_door_lists_exactly_what_it_opens():
    assert stats.__all__ == sorted((name for name in vars(stats) if not name.startswith("_")), key=str.casefold)


def test_importing_loads_neither_scipy_nor_torch():
    code = "import sys, lrlab.stats; sys.exit(bool({'scipy', 'torch'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
