"""Studies by name."""

from collections.abc import Callable

from ..errors import UnknownName
from ..spec import Study
from ._demo import demo

STUDIES: dict[str, Callable[[], Study]] = {"demo": demo}


def find(name: str) -> Study:
    """The study of that name; `-` and `_` are alike. Raises UnknownName."""
    known = name.strip().lower().replace("_", "-")
    if known not in STUDIES:
        raise UnknownName("study", name, STUDIES)
    return STUDIES[known]()
