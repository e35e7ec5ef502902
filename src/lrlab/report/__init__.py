"""Results to words, tables, pictures and one HTML page. Importing it loads no plotly, matplotlib or jinja2."""

from ._columns import Fitted as Fitted
from ._columns import fitted as fitted
from ._columns import note as note
from ._curves import Curve as Curve
from ._curves import drawn as drawn
from ._curves import rate_curves as rate_curves
from ._figures import ClassScores as ClassScores
from ._figures import EpochBand as EpochBand
from ._figures import Measure as Measure
from ._figures import bands as bands
from ._figures import by_label as by_label
from ._figures import scores_by_class as scores_by_class
from ._files import free_page as free_page
from ._files import mark as mark
from ._files import whole_file as whole_file
from ._ink import panels_picture as panels_picture
from ._ink import rates_picture as rates_picture
from ._looks import Look as Look
from ._looks import looks as looks
from ._numbers import decimal_duration as decimal_duration
from ._numbers import fixed as fixed
from ._numbers import plain as plain
from ._numbers import probability as probability
from ._numbers import rate as rate
from ._page import Figure as Figure
from ._page import house as house
from ._page import write_page as write_page
from ._paste import lines_to_paste as lines_to_paste
from ._plan_words import plan_sentence as plan_sentence
from ._stills import INK as INK
from ._stills import LINES as LINES
from ._stills import SOFT as SOFT
from ._stills import draw_rates as draw_rates
from ._stills import empty_figure as empty_figure
from ._stills import plain_text as plain_text
from ._stills import save_png as save_png
from ._stills import save_summary_png as save_summary_png
from ._stills import style_axes as style_axes
from ._stills import title_axes as title_axes
from ._terminal import terminal_picture as terminal_picture
from ._words import Table as Table
from ._words import answer as answer
from ._words import chosen_word as chosen_word
from ._words import claim_sentence as claim_sentence
from ._words import claimed_first as claimed_first
from ._words import how_to_use as how_to_use
from ._words import markdown as markdown
from ._words import recommended as recommended
from ._words import table as table

__all__ = [
    "INK",
    "LINES",
    "SOFT",
    "ClassScores",
    "Curve",
    "EpochBand",
    "Figure",
    "Fitted",
    "Look",
    "Measure",
    "Table",
    "answer",
    "bands",
    "by_label",
    "chosen_word",
    "claim_sentence",
    "claimed_first",
    "decimal_duration",
    "draw_rates",
    "drawn",
    "empty_figure",
    "fitted",
    "fixed",
    "free_page",
    "house",
    "how_to_use",
    "lines_to_paste",
    "looks",
    "mark",
    "markdown",
    "note",
    "panels_picture",
    "plain",
    "plain_text",
    "plan_sentence",
    "probability",
    "rate",
    "rate_curves",
    "rates_picture",
    "recommended",
    "save_png",
    "save_summary_png",
    "scores_by_class",
    "style_axes",
    "table",
    "terminal_picture",
    "title_axes",
    "whole_file",
    "write_page",
]
