"""Results as words, tables, pictures and one HTML page. Importing it loads no plotly, matplotlib or jinja2."""

from ._answers import AnswerPart as AnswerPart
from ._answers import html_answer as html_answer
from ._answers import json_answer as json_answer
from ._answers import terminal_answer as terminal_answer
from ._columns import FittedTable as FittedTable
from ._columns import fit_table as fit_table
from ._columns import left_out_note as left_out_note
from ._curves import CurveArrays as CurveArrays
from ._curves import rate_curves as rate_curves
from ._faults import Faults as Faults
from ._figure_stills import write_figures as write_figures
from ._files import free_page as free_page
from ._files import mark as mark
from ._numbers import whole_duration as whole_duration
from ._page import write_page as write_page
from ._paste import lines_to_paste as lines_to_paste
from ._plan_words import plan_sentence as plan_sentence
from ._plan_words import setup_words as setup_words
from ._publication_page import write_publication_page as write_publication_page
from ._publication_stills import write_publication_figures as write_publication_figures
from ._publication_tables import publication_sections as publication_sections
from ._publication_tables import publication_tables as publication_tables
from ._publication_tables import publication_terminal as publication_terminal
from ._publication_tables import section_lines as section_lines
from ._stills import save_png as save_png
from ._stills import save_summary_png as save_summary_png
from ._terminal import terminal_picture as terminal_picture
from ._words import TextTable as TextTable
from ._words import answer as answer
from ._words import claim_sentence as claim_sentence
from ._words import claimed_first as claimed_first
from ._words import how_to_use as how_to_use
from ._words import markdown as markdown
from ._words import recommended_row as recommended_row
from ._words import table as table

__all__ = [
    "AnswerPart",
    "CurveArrays",
    "Faults",
    "FittedTable",
    "TextTable",
    "answer",
    "claim_sentence",
    "claimed_first",
    "fit_table",
    "free_page",
    "how_to_use",
    "html_answer",
    "json_answer",
    "left_out_note",
    "lines_to_paste",
    "mark",
    "markdown",
    "plan_sentence",
    "publication_sections",
    "publication_tables",
    "publication_terminal",
    "rate_curves",
    "recommended_row",
    "save_png",
    "save_summary_png",
    "section_lines",
    "setup_words",
    "table",
    "terminal_answer",
    "terminal_picture",
    "whole_duration",
    "write_figures",
    "write_page",
    "write_publication_figures",
    "write_publication_page",
]
