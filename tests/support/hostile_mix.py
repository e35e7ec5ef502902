"""All kinds of hostile cases: of which number is which."""

import random
from collections.abc import Callable

from support import hostile, hostile_code, hostile_data, hostile_stores, hostile_tables
from support.hostile import Case

# Of twenty: what is read from a study file and typed, code, data, stores, results.
SHARES: list[tuple[int, list[Callable[[random.Random], Case]]]] = [
    (6, hostile.KINDS),
    (4, hostile_code.KINDS),
    (3, hostile_data.KINDS),
    (4, hostile_stores.KINDS),
    (3, hostile_tables.KINDS),
]
ROOMS = [kinds for share, kinds in SHARES for _ in range(share)]
QUICK = ("--workers", "0", "--engine", "reference")
TRAINING = {"compare": QUICK, "run": QUICK, "verify": (), "find": QUICK}
SECONDS = "5"  # that a case may train


def draw_any(number: int) -> Case:
    """The case of that number, trained in its own process, and not for long."""
    rng = random.Random(f"any {number}")
    case = rng.choice(ROOMS[number % len(ROOMS)])(rng)
    more = TRAINING.get(case.words[0], ())
    if more:
        more += ("--max-seconds", SECONDS)
    words = list(case.words)
    at = words.index("--") if "--" in words else len(words)
    words[at:at] = more
    return case._replace(words=tuple(words), right=case.right if isinstance(case.right, str) else "any")
