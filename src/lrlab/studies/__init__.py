"""Studies: functions that return one complete plan, and the published studies at each scale."""

from ._catalogue import PUBLICATIONS as PUBLICATIONS
from ._catalogue import STUDIES as STUDIES
from ._catalogue import find as find
from ._catalogue import find_publication as find_publication
from ._catalogue import is_published as is_published
from ._compare import compare as compare
from ._googlenet_numbers import PUBLISHED_REPORTS as PUBLISHED_REPORTS
from ._googlenet_numbers import ClassLine as ClassLine

__all__ = [
    "PUBLICATIONS",
    "PUBLISHED_REPORTS",
    "STUDIES",
    "ClassLine",
    "compare",
    "find",
    "find_publication",
    "is_published",
]
