"""What the records of a study tell besides its answer."""

from ._insights import insights_of as insights_of

__all__ = ["insights_of"]
