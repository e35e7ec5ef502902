"""Can a study's seeds answer its questions? Asked before anything is trained."""

from ..spec import Study
from ..stats import fewest_pairs, most_comparisons


def too_few_seeds(study: Study) -> str:
    """Why this study's seeds can separate nothing, and the number that could; "" where they are enough."""
    seeds, asked = len(study.confirm.seeds), study.most_questions
    carried = most_comparisons(seeds)
    if asked <= carried:
        return ""
    what = f"{len(study.labels)} {'arms' if study.arms else 'schedules'} ask {asked} question{'s' * (asked > 1)}"
    return (
        f"{what}, and {seeds} seeds carry {carried or 'none'}: no claim can be counted on; "
        f"{fewest_pairs(asked)} seeds carry {'them' if asked > 1 else 'it'}"
    )
