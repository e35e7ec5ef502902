"""Lists in study files: of seeds, which a whole number may stand for, and how long they may be."""

from typing import Any

from pydantic import AfterValidator, BeforeValidator

MOST = 1000  # schedules, arms, candidates of one, peaks: more are no comparison
MOST_SEEDS = 10_000  # for which a number may stand
FIRST_FINAL_SEED = 500  # a count of the finalists' tuning seeds starts here
FIRST_CONFIRM_SEED = 1000  # a count of confirm seeds starts here, far from the tuning seeds


def expand_seeds(first: int) -> BeforeValidator:
    """A whole number n stands for n seeds in a row, from this one on."""

    def expand(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 1 <= value <= MOST_SEEDS:
                raise ValueError(f"a number of seeds must lie in [1, {MOST_SEEDS}], but got {value}")
            return tuple(range(first, first + value))
        return value

    return BeforeValidator(expand)


def require_at_least(count: int) -> AfterValidator:
    """Like Field(min_length), which would also complain where an entry was refused."""

    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(values) < count:
            raise ValueError(f"needs at least {count}, but got {len(values)}; give more")
        return values

    return AfterValidator(check)


def _check_length(value: Any) -> Any:
    """The length of a list, checked before its entries are."""
    if isinstance(value, list | tuple) and len(value) > MOST:
        raise ValueError(f"may hold at most {MOST}, but got {len(value)}; ask a part of them at a time")
    return value


Few = BeforeValidator(_check_length)
