"""Can a study's seeds answer its questions? Asked before anything is trained; and how many are taken unless told."""

from ..spec import Study, counted
from ..stats import Reach, enough_pairs, reach_of, usual_looks
from ._looks import looks_until

USUAL_SEEDS = 10
MANY_SEEDS = 30  # where they are cheap
CHEAP = 60.0  # seconds that a study with many seeds may take, so that they are taken
BETWEEN_SEEDS = (30, 20, 16)  # what a budget is weighed against, most first


def usual_seeds(questions: int) -> int:
    """How many fresh seeds are taken unless told: 10, or as many as leave room for a seed that disagrees.

    >>> usual_seeds(3), usual_seeds(13), usual_seeds(27)
    (10, 12, 13)
    """
    return max(USUAL_SEEDS, enough_pairs(max(questions, 1)))


def reach_of_study(study: Study) -> Reach:
    """What this study's seeds can answer of its questions, whatever leads."""
    return reach_of(len(study.confirm.seeds), study.most_questions)


def seed_words(study: Study) -> str:
    """What is wrong with this study's seeds, and the number that is right; "" where nothing is."""
    wrong = reach_of_study(study).words
    return f"{_asked(study)}, and {wrong}" if wrong else ""


def usual_seed_words(study: Study) -> str:
    """Why more than the usual seeds confirm, where no number was given; "" where the usual do."""
    seeds = len(study.confirm.seeds)
    if seeds <= USUAL_SEEDS:
        return ""
    usual = usual_seeds(study.most_questions)
    if seeds > usual:
        return f"{_asked(study)}: {seeds} fresh seeds each where {usual} would do, as there is time; --seeds sets it"
    return f"{_asked(study)}: {seeds} fresh seeds each, which carry them also where a seed disagrees"


def with_usual_seeds(study: Study) -> Study:
    """The study, with the seeds its questions need where its file or its maker gave none."""
    if "seeds" in study.confirm.model_fields_set:
        return study
    return with_seeds(study, usual_seeds(study.most_questions))


def with_seeds(study: Study, count: int) -> Study:
    """The study with so many confirm seeds in a row, from its first, and looks that end there where it has any."""
    first = study.confirm.seeds[0]
    fields = {"seeds": tuple(range(first, first + count)), "looks": _looks_until(study, count)}
    return study.model_copy(update={"confirm": study.confirm.model_copy(update=fields)})


def _looks_until(study: Study, count: int) -> tuple[int, ...] | None:
    """The study's looks up to so many seeds; the usual ones of that many where they end before, None where it has none.

    The more seeds there are to come, the later the first look that can decide anything.
    """
    looks = study.confirm.looks
    if looks is not None and count > looks[-1]:
        return usual_looks(max(study.most_questions, 1), count)
    return looks_until(study, count)


def _asked(study: Study) -> str:
    kind = "arm" if study.arms else "schedule"
    asks = "asks" if len(study.labels) == 1 else "ask"
    return f"{counted(len(study.labels), kind)} {asks} {counted(study.most_questions, 'question')}"
