"""Runs tutorial.ipynb and keeps what its cells show: `python docs/make_tutorial.py`. It takes about a minute.

The site draws it from there. A test runs it again and looks that its pages, code and answers still go through.
"""

import tempfile
from pathlib import Path

import nbclient
import nbformat

NOTEBOOK = Path(__file__).parent / "tutorial.ipynb"


def execute(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as a kernel leaves it that runs it in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        cell.metadata.clear()  # times of this run
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("text/html", None)  # what is kept is plain words and pictures
    notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec", "language_info")}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    nbformat.write(execute(nbformat.read(NOTEBOOK, as_version=4)), NOTEBOOK)
