"""Sphinx's settings of the manual as a site: `make docs` builds it in build/site.

Pages keep the places they have in the repository: a link that works there works here. Nothing is fetched when the site
is built or read, and its search works in a folder on a disk.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

ROOT = Path(__file__).parents[2]

project = html_title = "lrlab"
copyright = "The lrlab developers, MIT licence"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinx_copybutton"]
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "benchmarks/*.md", "benchmarks/results/*.md", "results/*/*/tables.md"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["manual.css"]
html_copy_source = html_show_sphinx = False
html_show_search_summary = False  # is fetched, which a browser forbids in a folder
html_theme_options = {"navigation_with_keys": True}
html_math_renderer = "mathml"
myst_heading_anchors = 4  # GitHub's names for them
myst_fence_as_directive = ["math"]
copybutton_selector = "div:not(.highlight-text) > div.highlight > pre"

CONTENTS = {
    "Begin": ["docs/start", "docs/tutorial", "docs/choose", "docs/faq", "docs/glossary"],
    "Schedules": ["docs/catalogue", "docs/rules", "docs/scheduler", "docs/own-schedule"],
    "Compare": [
        *(
            "docs/own-task",
            "docs/objectives",
            "docs/own-loop",
            "docs/own-command",
            "docs/trainers",
            "docs/tasks",
            "docs/models",
        ),
        *("docs/search", "docs/halving", "docs/transfer", "docs/beyond", "docs/watch", "docs/trackers", "docs/cluster"),
    ],
    "Judge, find, plan": ["docs/judge", "docs/find", "docs/plan"],
    "Method": ["docs/method", "docs/statistics", "docs/studies"],
    "Reference": ["docs/python", "docs/cli", "docs/safety", "docs/engine", "docs/lanes"],
    "Measured": ["benchmarks/README", "benchmarks/results/*", "results/*/*/tables"],
    "Project": ["CONTRIBUTING", "docs/style", "SKILL", "CHANGELOG"],
}
TOCTREE = "```{{toctree}}\n:hidden:\n:glob:\n:maxdepth: 1\n:caption: {caption}\n\n{pages}\n```"
FOLDER = re.compile(r"\[([^\[\]]*)\]\(([\w./-]+)\)")


def write_contents(source: str) -> str:
    """The first page with the contents that the side of each page shows; pages that are not listed come last."""
    listed = {page for pages in CONTENTS.values() for page in pages}
    others = [f"docs/{path.stem}" for path in sorted((ROOT / "docs").glob("*.md")) if f"docs/{path.stem}" not in listed]
    contents = CONTENTS | ({"More": others} if others else {})
    trees = (TOCTREE.format(caption=name, pages="\n".join(pages)) for name, pages in contents.items())
    return "\n\n".join([source, *trees]) + "\n"


def prepare_page(_: Sphinx, name: str, source: list[str]) -> None:
    """Links to folders, which are no pages, become words; the first page is given the contents."""
    here = (ROOT / name).parent
    source[0] = FOLDER.sub(lambda found: found[1] if (here / found[2]).is_dir() else found[0], source[0])
    if name == root_doc:
        source[0] = write_contents(source[0])


def write_formula(translator: HTML5Translator, node: nodes.Element) -> None:
    """A formula as MathML, which browsers draw by themselves."""
    formula = node.astext().replace(r"\tfrac", r"\frac").replace(r"\#", r"\text{#}")
    translator.body.append(tex2mathml(formula, as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


def name_front(app: Sphinx, failed: Exception | None) -> None:
    """Whoever opens the folder is shown the first page."""
    if failed is None:
        shutil.copyfile(Path(app.outdir, f"{root_doc}.html"), Path(app.outdir, "index.html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls first."""
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", prepare_page)
    app.connect("build-finished", name_front)
    return {"parallel_read_safe": True}
