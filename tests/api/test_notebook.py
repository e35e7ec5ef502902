"""The examples run as they are: a real notebook in a real kernel, and a script without a main guard."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


# In a process of its own: a notebook of a user has no test runner around it.
EXECUTE = """
import sys
import nbclient, nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": "."}}).execute()
nbformat.write(notebook, "executed.ipynb")
"""


def executed(path, folder):
    """What the cells of a notebook show, run in this folder."""
    for library in ("nbclient", "ipykernel"):
        if find_spec(library) is None:
            pytest.skip(f"needs {library}: pip install lrlab[test]")
    command = [sys.executable, "-c", EXECUTE, str(path)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((folder / "executed.ipynb").read_text(encoding="utf-8"))["cells"]
    return [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]


@pytest.mark.slow
def test_the_tutorial_runs_and_shows_what_it_speaks_of(tmp_path):
    shown = executed(ROOT / "docs" / "tutorial.ipynb", tmp_path)
    assert not [output for output in shown if output["output_type"] == "error"]
    kept = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    assert len(shown) == len([output for cell in kept for output in cell.get("outputs", ())])
    said = "".join("".join(output.get("text", "")) for output in shown)
    assert "one_cycle" in said
    assert "cosine is better than step" in said
    assert "def factor(t):" in said  # the code to paste
    assert (tmp_path / "tutorial.html").stat().st_size > 100_000


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_answer(tmp_path):
    shown = executed(EXAMPLES / "notebook.ipynb", tmp_path)
    answers = ["".join(output["data"]["text/html"]) for output in shown if "text/html" in output.get("data", {})]
    assert any("on test data" in text and "<table" in text and "one_cycle" in text for text in answers)
    assert not [output for output in shown if output["output_type"] == "error"]
    assert (tmp_path / "lrlab-results" / "records.db").exists()
    assert list((tmp_path / "lrlab-results").glob("*.html"))


CELLS = (
    "import lrlab\ndef ask(name):\n    return lrlab.compare(\n        'digits/mlp', [name]\n    )",
    "ask('cosne')",
    "lrlab.load(5)",
    "%env LRLAB_TRACEBACK=1",
    "ask('cosne')",
)
SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_line_magic("colors", "NoColor")
for cell in json.loads(sys.argv[1]):
    print("##")
    shell.run_cell(cell, store_history=True)
"""
SHORT = """\
Cell In[2], line 1
----> 1 ask('cosne')

Cell In[1], line 3
----> 3     return lrlab.compare(
      4         'digits/mlp', [name]
      5     )

StudyError: schedules.0: unknown schedule 'cosne'; did you mean cosine or flat_cosine?"""


def test_a_cell_with_a_mistake_shows_its_own_lines_and_the_message(tmp_path):
    if find_spec("IPython") is None:
        pytest.skip("needs IPython: pip install lrlab[test]")
    command = [sys.executable, "-c", SHELL, json.dumps(CELLS)]
    where = os.environ | {"IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True, timeout=200, env=where
    )
    shown = [part.strip() for part in done.stdout.split("##\n")[1:]]
    assert shown[1] == SHORT
    assert shown[2].startswith("Cell In[3], line 1\n----> 1 lrlab.load(5)\n\nStudyError: store is a path, as text")
    assert "_compare.py" in shown[4]
    assert shown[4].splitlines()[-1] == SHORT.splitlines()[-1]


@pytest.mark.slow
def test_a_notebook_shows_a_mistake_in_a_few_lines(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    cells = [nbformat.v4.new_code_cell(cell, metadata={"tags": ["raises-exception"]}) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "mistakes.ipynb")
    tracebacks = [out["traceback"] for out in executed(tmp_path / "mistakes.ipynb", tmp_path) if "traceback" in out]
    assert "\n".join(tracebacks[0]) == SHORT
    assert len("\n".join(tracebacks[2]).splitlines()) > 30


@pytest.mark.slow
def test_the_script_runs_once_and_again_trains_nothing(tmp_path):
    command = [sys.executable, str(EXAMPLES / "script.py")]
    first, second = (
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300, env=os.environ)
        for _ in "ab"
    )
    assert first.stdout.count("The records behind it") == 1  # no worker ran the script
    assert first.stdout == second.stdout
    assert "are done: nothing is run twice" in second.stderr
