"""What so many seeds can answer, whatever the scores will be: a matter of counting."""

from typing import NamedTuple

from ._checks import count, fraction
from ._power import fewest_pairs, most_comparisons

GOOD_PATTERNS = 4  # of signs, that could be claimed with enough pairs if questions shared nothing
ANY = 10**9  # questions: as many as one likes


def enough_pairs(comparisons: int, alpha: float = 0.05) -> int:
    r"""How many pairs are taken for so many comparisons, unless told: a rule of thumb that grows with them.

    .. math:: \min \{ n : 4 \, comparisons \, p_{min}(n) < \alpha \}

    Four patterns of signs or more then pass even Holm's first step, so that no claim hangs on every pair agreeing, also
    where arms do not share all seeds; and what is decided in four of five repetitions is about 1.3 standard deviations
    of the differences. comparisons >= 1, 0 < alpha < 1, else StatisticsError.

    >>> [enough_pairs(m) for m in (1, 7, 13, 27)]
    [8, 11, 12, 13]
    """
    return fewest_pairs(GOOD_PATTERNS * count(comparisons, "comparisons"), alpha)


class Reach(NamedTuple):
    """What seeds can answer. All of it is counted before a score is known.

    carried: how many questions the seeds carry: 0, or `ANY`, for seeds that are flipped for all questions at once carry
    all or none. patterns: how many patterns of signs, of the 2^(n - 1) that favour one arm, alpha has room for. fewest:
    the fewest seeds that carry a question. enough: `enough_pairs`.
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

        >>> reach_of(5, 13).words
        '5 seeds can claim no difference, however clear it is; 6 seeds can, 12 also one on which some disagree'
        >>> reach_of(6, 13).words
        '6 seeds can claim only where all 6 agree; 12 seeds also where some disagree'
        >>> reach_of(8, 13).words
        ''
        """
        if not self.answers:
            return (
                f"{self.seeds} seeds can claim no difference, however clear it is; {self.fewest} seeds can, "
                f"{self.enough} also one on which some disagree"
            )
        if self.questions and self.patterns == 1:
            return (
                f"{self.seeds} seeds can claim only where all {self.seeds} agree; {self.enough} seeds also where some "
                f"disagree"
            )
        return ""


def reach_of(seeds: int, questions: int, alpha: float = 0.05) -> Reach:
    r"""What so many paired seeds can answer of so many questions, judged together on the same seeds, by `max_t`.

    .. math:: patterns = \#\{ j : j \, p_{min}(seeds) < \alpha \}

    seeds >= 1, questions >= 0, 0 < alpha < 1, else StatisticsError. Of no questions everything is carried.

    >>> reach_of(5, 13)[2:], reach_of(12, 13)[2:]
    ((0, 0, 6, 12), (1000000000, 102, 6, 12))
    """
    n, asked = count(seeds, "seeds"), count(questions, "questions", at_least=0)
    patterns = most_comparisons(n, fraction(alpha, "alpha"))
    return Reach(n, asked, ANY * (patterns > 0), patterns, fewest_pairs(1, alpha), enough_pairs(max(asked, 1), alpha))
