"""What so many seeds can answer, whatever the scores will be: a matter of counting."""

from typing import NamedTuple

from ._checks import count, fraction
from ._power import fewest_pairs, most_comparisons

GOOD_PATTERNS = 4  # of signs, that can be claimed with enough pairs


def enough_pairs(comparisons: int, alpha: float = 0.05) -> int:
    r"""The fewest pairs that carry these comparisons, and whose claims do not hang on every pair agreeing.

    .. math:: \min \{ n : 4 \, comparisons \, p_{min}(n) < \alpha \}

    The clearest result there is, n pairs of one sign, has p = `smallest_p(n)`. Where few patterns of signs have a p
    that Holm's first step lets pass, one pair out of line ends the claim, and the power falls far below a t test's.
    With these pairs 4 patterns pass or more. comparisons >= 1, 0 < alpha < 1, else StatisticsError.

    >>> [enough_pairs(m) for m in (1, 7, 13, 27)]
    [8, 11, 12, 13]
    """
    return fewest_pairs(GOOD_PATTERNS * count(comparisons, "comparisons"), alpha)


class Reach(NamedTuple):
    """What seeds can answer. All of it is counted before a score is known.

    carried: how many questions the seeds carry. patterns: how many patterns of signs, of the 2^(n - 1) that favour one
    arm, can be claimed at Holm's first step. fewest: the fewest seeds that carry the questions. enough: `enough_pairs`.
    """

    seeds: int
    questions: int
    carried: int
    patterns: int
    fewest: int
    enough: int

    @property
    def answers(self) -> bool:
        """Whether a claim is possible at the first step."""
        return not self.questions or self.patterns > 0

    @property
    def words(self) -> str:
        """What is wrong with so many seeds, and the number that is right; "" where nothing is.

        >>> reach_of(10, 27).words
        '10 seeds carry 25: no claim can be counted on; 11 seeds carry them, 13 also where a seed disagrees'
        >>> reach_of(10, 13).words
        '10 seeds carry them only where all 10 agree; 12 seeds carry them also where a seed disagrees'
        >>> reach_of(12, 13).words
        ''
        """
        them = "them" if self.questions > 1 else "it"
        if not self.answers:
            return (
                f"{self.seeds} seeds carry {self.carried or 'none'}: no claim can be counted on; "
                f"{self.fewest} seeds carry {them}, {self.enough} also where a seed disagrees"
            )
        if self.questions and self.patterns == 1:
            return (
                f"{self.seeds} seeds carry {them} only where all {self.seeds} agree; "
                f"{self.enough} seeds carry {them} also where a seed disagrees"
            )
        return ""


def reach_of(seeds: int, questions: int, alpha: float = 0.05) -> Reach:
    r"""What so many paired seeds can answer of so many questions, each judged by `judge`.

    .. math:: patterns = \#\{ j : j \, questions \, p_{min}(seeds) < \alpha \}

    seeds >= 1, questions >= 0, 0 < alpha < 1, else StatisticsError. Of no questions everything is carried.

    >>> reach_of(10, 13)[2:], reach_of(12, 13)[2:]
    ((25, 1, 10, 12), (102, 7, 10, 12))
    """
    n, asked = count(seeds, "seeds"), count(questions, "questions", at_least=0)
    carried, some = most_comparisons(n, fraction(alpha, "alpha")), max(asked, 1)
    return Reach(n, asked, carried, carried // some, fewest_pairs(some, alpha), enough_pairs(some, alpha))
