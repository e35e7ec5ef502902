"""Arms that are no better, in families: how often does the unpaired rule claim a difference that is not there?"""

import numpy as np
import pytest

from lrlab.stats import judge, unpaired

STUDIES = 400
NULLS = {
    "normal, one against five": lambda draw: [draw.normal(size=8) for _ in range(6)],
    "exponential, one against five": lambda draw: [draw.exponential(size=8) for _ in range(6)],
    "lognormal": lambda draw: [draw.lognormal(sigma=1.5, size=8) for _ in range(2)],
    "few against many, exponential": lambda draw: [draw.exponential(size=size) for size in (5, 12, 12)],
    "few that spread far against many": lambda draw: [
        draw.normal(size=5) * 5,
        draw.normal(size=14),
        draw.normal(size=14),
    ],
    "many ties": lambda draw: [draw.integers(0, 3, 9).astype(float) for _ in range(3)],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NULLS)
def test_false_claims_are_at_most_one_in_twenty(name):
    draw, false, alone = np.random.default_rng(3), 0, 0
    for _ in range(STUDIES):
        first, *others = NULLS[name](draw)
        found = [unpaired(first, other, rng=draw, resamples=200, shuffles=999) for other in others]
        false += any(verdict.claim != "none" for verdict in judge(found))
        alone += any(one.low > 0 or one.high < 0 for one in found)
    assert false / STUDIES <= 0.05 + 2 * (0.05 * 0.95 / STUDIES) ** 0.5
    assert alone >= false  # a claim needs an interval beside zero, and more
