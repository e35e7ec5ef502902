"""The published studies: what documents print and claim, measured again. Only `api` and `cli` know of this room."""

from ._answers import publication_results as publication_results
from ._catalogue import PUBLICATIONS as PUBLICATIONS
from ._catalogue import find_publication as find_publication
from ._catalogue import is_published as is_published
from ._claims import answer_claims as answer_claims
from ._claims import too_few_for_claims as too_few_for_claims
from ._ensembles import ensemble_scores as ensemble_scores
from ._googlenet_numbers import PUBLISHED_REPORTS as PUBLISHED_REPORTS
from ._googlenet_numbers import ClassLine as ClassLine
from ._kept import RECORDS as RECORDS
from ._kept import Kept as Kept
from ._kept import import_kept as import_kept
from ._kept import read_kept as read_kept
from ._kept import write_kept as write_kept
from ._page import mark_of as mark_of
from ._page import write_publication_page as write_publication_page
from ._publication import Answer as Answer
from ._publication import AnswerWord as AnswerWord
from ._publication import BestRow as BestRow
from ._publication import Cell as Cell
from ._publication import Decision as Decision
from ._publication import Ensemble as Ensemble
from ._publication import EnsembleScore as EnsembleScore
from ._publication import Family as Family
from ._publication import MeasuredBest as MeasuredBest
from ._publication import MeasuredTable as MeasuredTable
from ._publication import PartResults as PartResults
from ._publication import Publication as Publication
from ._publication import PublicationResults as PublicationResults
from ._publication import PublishedBest as PublishedBest
from ._publication import PublishedClaim as PublishedClaim
from ._publication import PublishedRow as PublishedRow
from ._publication import PublishedTable as PublishedTable
from ._publication import Scale as Scale
from ._run import Edition as Edition
from ._run import kept_results as kept_results
from ._run import open_publication as open_publication
from ._run import run_publication as run_publication
from ._stills import write_publication_figures as write_publication_figures
from ._tables import publication_sections as publication_sections
from ._tables import publication_tables as publication_tables
from ._tables import publication_terminal as publication_terminal
from ._tables import section_lines as section_lines

load_publication = None

__all__ = [
    "PUBLICATIONS",
    "PUBLISHED_REPORTS",
    "RECORDS",
    "Answer",
    "AnswerWord",
    "BestRow",
    "Cell",
    "ClassLine",
    "Decision",
    "Edition",
    "Ensemble",
    "EnsembleScore",
    "Family",
    "Kept",
    "MeasuredBest",
    "MeasuredTable",
    "PartResults",
    "Publication",
    "PublicationResults",
    "PublishedBest",
    "PublishedClaim",
    "PublishedRow",
    "PublishedTable",
    "Scale",
    "answer_claims",
    "ensemble_scores",
    "find_publication",
    "import_kept",
    "is_published",
    "kept_results",
    "mark_of",
    "open_publication",
    "publication_results",
    "publication_sections",
    "publication_tables",
    "publication_terminal",
    "read_kept",
    "run_publication",
    "section_lines",
    "too_few_for_claims",
    "write_kept",
    "write_publication_figures",
    "write_publication_page",
]
