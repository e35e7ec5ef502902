"""Results to words, tables, pictures and one HTML page. Importing it loads no plotly, matplotlib or jinja2."""

from ._curves import Curve as Curve
from ._curves import rate_curves as rate_curves
from ._page import write_page as write_page
from ._stills import save_png as save_png
from ._stills import save_summary_png as save_summary_png
from ._terminal import terminal_picture as terminal_picture
from ._words import Table as Table
from ._words import answer as answer
from ._words import claim_sentence as claim_sentence
from ._words import claimed_first as claimed_first
from ._words import markdown as markdown
from ._words import table as table

__all__ = [
    "Curve",
    "Table",
    "answer",
    "claim_sentence",
    "claimed_first",
    "markdown",
    "rate_curves",
    "save_png",
    "save_summary_png",
    "table",
    "terminal_picture",
    "write_page",
]
