"""Eight equal arms, ten seeds: how often does a study claim a difference that is not there?"""

import numpy as np
import pytest

from lrlab.stats import holm, judge, paired, sign_flip_p

ARMS, SEEDS = 8, 10


def equal_arms(rng, seeds=SEEDS):
    """Scores of shape (arms, seeds); what a seed brings is shared by all arms, so rho is about 0.5."""
    return rng.normal(size=(ARMS, seeds)) + rng.normal(size=seeds)


def rest(leader):
    return [arm for arm in range(ARMS) if arm != leader]


def test_a_leader_named_beforehand_is_rarely_claimed_falsely_and_intervals_alone_often():
    rng, studies = np.random.default_rng(0), 250
    judged = shared = alone = 0
    for _ in range(studies):
        scores = equal_arms(rng)
        found = [paired(scores[0], scores[arm], rng=rng) for arm in rest(0)]
        judged += any(verdict.claim != "none" for verdict in judge(found))
        shared += any(verdict.claim != "none" for verdict in judge(found, shared=True, rng=rng))
        alone += any(one.low > 0 or one.high < 0 for one in found)
    margin = 2 * (0.05 * 0.95 / studies) ** 0.5
    assert judged / studies <= 0.05 + margin
    assert shared / studies <= 0.05 + margin
    assert alone >= 3 * max(judged, shared, 0.05 * studies)


@pytest.mark.parametrize(
    ("seeds", "family", "at_least", "at_most"),
    [
        (10, None, 0.07, 0.13),  # picked on these seeds, yet only its seven comparisons counted
        (12, 28, 0.0, 0.05),  # all pairs counted
    ],
)
def test_a_leader_found_on_the_same_seeds_needs_all_pairs_counted(seeds, family, at_least, at_most):
    rng, studies = np.random.default_rng(1), 1000
    rejected = 0
    for _ in range(studies):
        scores = equal_arms(rng, seeds)
        leader = scores.mean(axis=1).argmax()
        p_values = [sign_flip_p(scores[leader] - scores[arm]) for arm in rest(leader)]
        rejected += bool((holm(p_values, family=family) < 0.05).any())
    margin = 2 * (0.05 * 0.95 / studies) ** 0.5
    assert at_least - margin <= rejected / studies <= at_most + margin
