"""Runs tutorial.ipynb, keeps what its cells show, and writes tutorial.md from it: `python docs/make_tutorial.py`.

With `--page` only the page is written. It takes about a minute. A test runs the notebook, another compares the page.
"""

import json
import sys
import tempfile
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
NOTEBOOK = HERE / "tutorial.ipynb"


def execute(path: Path) -> None:
    """Run the notebook in an empty folder and keep what it shows."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        cell.metadata.clear()  # times of this run
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("text/html", None)  # what is kept is plain words and pictures
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)


def pages() -> dict[str, str]:
    """The page and its pictures: path from docs/, and text."""
    files, parts = {}, []
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                name = f"tutorial/{len(files) + 1}.svg"
                files[name] = "".join(data["image/svg+xml"]).strip() + "\n"
                parts.append(f"![what the cell draws]({name})")
            elif words := "".join(data.get("text/plain", output.get("text", ""))).strip("\n"):
                parts.append(f"```text\n{wrapped(words)}\n```")
    return {"tutorial.md": "\n\n".join(parts) + "\n"} | files


def wrapped(words: str) -> str:
    """What a cell printed, its sentences no wider than a page; tables and code stay as they are."""
    lines = (line.rstrip() for line in words.splitlines())
    return "\n".join(textwrap.fill(line, 110) if line[:1].isalpha() and len(line) > 130 else line for line in lines)


def main() -> None:
    """Run the notebook, unless only its page is wanted, and write the page."""
    if "--page" not in sys.argv:
        execute(NOTEBOOK)
    (HERE / "tutorial").mkdir(exist_ok=True)
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
