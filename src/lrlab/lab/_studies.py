"""Studies by name."""

from collections.abc import Callable

from ..errors import UnknownName
from ..spec import Study
from ._demo import demo

STUDIES: dict[str, Callable[[], Study]] = {"demo": demo}


def find_study(name: str) -> Study:
    """The study of that name; `-` and `_` are alike. Raises UnknownName."""
    plain_name = name.strip().lower().replace("_", "-")
    if plain_name not in STUDIES:
        raise UnknownName("study", name, STUDIES)
    return STUDIES[plain_name]()
