"""Results as words, tables, pictures and one HTML page. Importing it loads no matplotlib or jinja2."""

from ._answer import study_answer as study_answer
from ._answers import AnswerPart as AnswerPart
from ._answers import answer_html as answer_html
from ._answers import code_part as code_part
from ._answers import fitted_text as fitted_text
from ._answers import html_answer as html_answer
from ._answers import json_answer as json_answer
from ._answers import markdown as markdown
from ._answers import markdown_answer as markdown_answer
from ._answers import terminal_answer as terminal_answer
from ._answers import verdict_part as verdict_part
from ._citations import bibtex_of as bibtex_of
from ._claim_words import claim_sentence as claim_sentence
from ._claim_words import claimed_first as claimed_first
from ._columns import FittedTable as FittedTable
from ._columns import fit_table as fit_table
from ._columns import left_out_note as left_out_note
from ._confusion import ConfusionTable as ConfusionTable
from ._confusion import confusion_table as confusion_table
from ._curves import CurveArrays as CurveArrays
from ._curves import curve_arrays as curve_arrays
from ._curves import rate_curves as rate_curves
from ._decays import decay_lines as decay_lines
from ._decays import decay_sentences as decay_sentences
from ._decays import decay_table as decay_table
from ._decays import json_decays as json_decays
from ._drawing import page_drawing as page_drawing
from ._faults import Faults as Faults
from ._field_words import flat_fields as flat_fields
from ._field_words import provenance_table as provenance_table
from ._field_words import shown_optimizer_fields as shown_optimizer_fields
from ._figures import ArmClassScores as ArmClassScores
from ._figures import EpochBand as EpochBand
from ._figures import bands as bands
from ._figures import scores_by_class as scores_by_class
from ._files import free_page as free_page
from ._files import mark as mark
from ._files import near_path as near_path
from ._files import run_page as run_page
from ._files import whole_file as whole_file
from ._insight_words import insight_text as insight_text
from ._insight_words import json_insights as json_insights
from ._judged_answers import judgement_html as judgement_html
from ._judged_answers import judgement_json as judgement_json
from ._judged_answers import judgement_parts as judgement_parts
from ._judged_page import judgement_mark as judgement_mark
from ._judged_page import write_judgement_page as write_judgement_page
from ._judged_words import judgement_answer as judgement_answer
from ._look_words import look_sentence as look_sentence
from ._look_words import second_look_sentence as second_look_sentence
from ._notes import answer_notes as answer_notes
from ._numbers import accuracy_scale as accuracy_scale
from ._numbers import decimal_duration as decimal_duration
from ._numbers import fixed as fixed
from ._numbers import plain as plain
from ._numbers import probability as probability
from ._numbers import rate as rate
from ._page import page as page_text
from ._page import write_page as write_page
from ._page_figures import PageFigure as PageFigure
from ._paper import NumberTable as NumberTable
from ._paper import PaperFigure as PaperFigure
from ._paper import write_paper_figures as write_paper_figures
from ._paper_axes import EndedCurve as EndedCurve
from ._paper_axes import curve_panels as curve_panels
from ._paper_axes import draw_curve as draw_curve
from ._paper_axes import label_ends as label_ends
from ._paper_axes import name_axes as name_axes
from ._paper_judged import write_judgement_figures as write_judgement_figures
from ._paper_range import write_range_figures as write_range_figures
from ._paper_rates import save_png as save_png
from ._paper_study import draw_bands as draw_bands
from ._paper_study import key_figure as key_figure
from ._paper_study import write_figures as write_figures
from ._paste import code_to_paste as code_to_paste
from ._paste import lines_to_paste as lines_to_paste
from ._plan_words import plan_sentence as plan_sentence
from ._plan_words import setup_words as setup_words
from ._range_test import html_range as html_range
from ._range_test import json_range as json_range
from ._range_test import range_picture as range_picture
from ._range_test import range_sentences as range_sentences
from ._range_test_stills import range_png as range_png
from ._range_test_stills import save_range_png as save_range_png
from ._run_index import RunLine as RunLine
from ._run_index import date_words as date_words
from ._run_index import index_place as index_place
from ._run_index import noted_words as noted_words
from ._run_index import request_words as request_words
from ._run_index import write_run_index as write_run_index
from ._seed_plan import plan_html as plan_html
from ._seed_plan import plan_json as plan_json
from ._seed_plan import plan_sentences as plan_sentences
from ._seed_plan import plan_text as plan_text
from ._so_far_page import Moment as Moment
from ._so_far_page import fault_body as fault_body
from ._so_far_page import live_page as live_page
from ._so_far_page import so_far_body as so_far_body
from ._so_far_page import write_so_far_page as write_so_far_page
from ._so_far_words import running_words as running_words
from ._so_far_words import so_far_head as so_far_head
from ._so_far_words import so_far_sentences as so_far_sentences
from ._so_far_words import so_far_table as so_far_table
from ._standing import answer as answer
from ._standing import headline as headline
from ._stills import INK as INK
from ._stills import LINES as LINES
from ._stills import SOFT as SOFT
from ._stills import plain_text as plain_text
from ._stills import save_summary_png as save_summary_png
from ._stills import title_axes as title_axes
from ._study_answer import AnswerRow as AnswerRow
from ._study_answer import PastedCode as PastedCode
from ._study_answer import StudyAnswer as StudyAnswer
from ._study_charts import LOSS_SCALE as LOSS_SCALE
from ._study_charts import PanelScale as PanelScale
from ._study_charts import epochs_chart as epochs_chart
from ._study_charts import rates_chart as rates_chart
from ._styles import LabelStyle as LabelStyle
from ._styles import label_styles as label_styles
from ._templates import template_environment as template_environment
from ._terminal import terminal_picture as terminal_picture
from ._trial_tables import failures_table as failures_table
from ._trial_tables import trials_table as trials_table
from ._words import TextTable as TextTable
from ._words import capitalized as capitalized
from ._words import chosen_word as chosen_word
from ._words import join_names as join_names
from ._words import recommended_row as recommended_row
from ._words import table as table

__all__ = [
    "INK",
    "LINES",
    "LOSS_SCALE",
    "SOFT",
    "AnswerPart",
    "AnswerRow",
    "ArmClassScores",
    "ConfusionTable",
    "CurveArrays",
    "EndedCurve",
    "EpochBand",
    "Faults",
    "FittedTable",
    "LabelStyle",
    "Moment",
    "NumberTable",
    "PageFigure",
    "PanelScale",
    "PaperFigure",
    "PastedCode",
    "RunLine",
    "StudyAnswer",
    "TextTable",
    "accuracy_scale",
    "answer",
    "answer_html",
    "answer_notes",
    "bands",
    "bibtex_of",
    "capitalized",
    "chosen_word",
    "claim_sentence",
    "claimed_first",
    "code_part",
    "code_to_paste",
    "confusion_table",
    "curve_arrays",
    "curve_panels",
    "date_words",
    "decay_lines",
    "decay_sentences",
    "decay_table",
    "decimal_duration",
    "draw_bands",
    "draw_curve",
    "epochs_chart",
    "failures_table",
    "fault_body",
    "fit_table",
    "fitted_text",
    "fixed",
    "flat_fields",
    "free_page",
    "headline",
    "html_answer",
    "html_range",
    "index_place",
    "insight_text",
    "join_names",
    "json_answer",
    "json_decays",
    "json_insights",
    "json_range",
    "judgement_answer",
    "judgement_html",
    "judgement_json",
    "judgement_mark",
    "judgement_parts",
    "key_figure",
    "label_ends",
    "label_styles",
    "left_out_note",
    "lines_to_paste",
    "live_page",
    "look_sentence",
    "mark",
    "markdown",
    "markdown_answer",
    "name_axes",
    "near_path",
    "noted_words",
    "page_drawing",
    "page_text",
    "plain",
    "plain_text",
    "plan_html",
    "plan_json",
    "plan_sentence",
    "plan_sentences",
    "plan_text",
    "probability",
    "provenance_table",
    "range_picture",
    "range_png",
    "range_sentences",
    "rate",
    "rate_curves",
    "rates_chart",
    "recommended_row",
    "request_words",
    "run_page",
    "running_words",
    "save_png",
    "save_range_png",
    "save_summary_png",
    "scores_by_class",
    "second_look_sentence",
    "setup_words",
    "shown_optimizer_fields",
    "so_far_body",
    "so_far_head",
    "so_far_sentences",
    "so_far_table",
    "study_answer",
    "table",
    "template_environment",
    "terminal_answer",
    "terminal_picture",
    "title_axes",
    "trials_table",
    "verdict_part",
    "whole_file",
    "write_figures",
    "write_judgement_figures",
    "write_judgement_page",
    "write_page",
    "write_paper_figures",
    "write_range_figures",
    "write_run_index",
    "write_so_far_page",
]
