"""What a run is known by: its study, on its data."""

import hashlib

from ._study import Study

DIGITS = 8


def run_key(study: Study, data: str) -> str:
    """The short name of a run, 8 hexadecimal digits: the same study on the same data has the same one everywhere.

    data: the fingerprint of the study's data.
    """
    return hashlib.sha256(f"{study.key}-{data}".encode()).hexdigest()[:DIGITS]
