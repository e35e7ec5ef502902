"""The published studies: what documents print and claim, measured again. Only `api` and `cli` know of this room."""

from ._catalogue import PUBLICATIONS as PUBLICATIONS
from ._catalogue import find_publication as find_publication
from ._catalogue import is_published as is_published
from ._catalogue import scales_of as scales_of
from ._kept import kept_folder as kept_folder
from ._kept_results import kept_results as kept_results
from ._kept_results import load_publication as load_publication
from ._measured import AnswerWord as AnswerWord
from ._measured import BestRow as BestRow
from ._measured import Cell as Cell
from ._measured import ClaimAnswer as ClaimAnswer
from ._measured import EnsembleScore as EnsembleScore
from ._measured import MeasuredBest as MeasuredBest
from ._measured import MeasuredPublication as MeasuredPublication
from ._measured import MeasuredTable as MeasuredTable
from ._measured import PartResults as PartResults
from ._page import page_of_part as page_of_part
from ._page import page_place as page_place
from ._publication import ArmFamily as ArmFamily
from ._publication import Decision as Decision
from ._publication import Ensemble as Ensemble
from ._publication import Publication as Publication
from ._publication import PublicationScale as PublicationScale
from ._publication import PublishedBest as PublishedBest
from ._publication import PublishedClaim as PublishedClaim
from ._publication import PublishedRow as PublishedRow
from ._publication import PublishedTable as PublishedTable
from ._results import PublicationResults as PublicationResults
from ._run import open_publication as open_publication
from ._run import run_publication as run_publication
from ._tables import TitledTable as TitledTable
from ._tables import publication_sections as publication_sections
from ._tables import section_lines as section_lines
from ._words import answer_sentence as answer_sentence

__all__ = [
    "PUBLICATIONS",
    "AnswerWord",
    "ArmFamily",
    "BestRow",
    "Cell",
    "ClaimAnswer",
    "Decision",
    "Ensemble",
    "EnsembleScore",
    "MeasuredBest",
    "MeasuredPublication",
    "MeasuredTable",
    "PartResults",
    "Publication",
    "PublicationResults",
    "PublicationScale",
    "PublishedBest",
    "PublishedClaim",
    "PublishedRow",
    "PublishedTable",
    "TitledTable",
    "answer_sentence",
    "find_publication",
    "is_published",
    "kept_folder",
    "kept_results",
    "load_publication",
    "open_publication",
    "page_of_part",
    "page_place",
    "publication_sections",
    "run_publication",
    "scales_of",
    "section_lines",
]
