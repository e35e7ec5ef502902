"""The examples run as they are: a real notebook in a real kernel, and a script without a main guard."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_answer(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient and ipykernel: pip install lrlab[test]")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel: pip install lrlab[test]")
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    answers = [output["data"]["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert any("on test data" in text and "<table" in text and "one_cycle" in text for text in answers)
    errors = [output for output in shown if output.output_type == "error"]
    assert not errors
    assert (tmp_path / "lrlab-results" / "records.db").exists()
    assert list((tmp_path / "lrlab-results").glob("*.html"))


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
