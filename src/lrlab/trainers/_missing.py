"""What is said where the library of a trainer is not installed."""

from ..errors import TaskError


def missing_library(what: str, error: ModuleNotFoundError) -> TaskError:
    """The error of a name that needs a library. what: the name."""
    library = (error.name or "a library").partition(".")[0]
    return TaskError(f"{what} needs {library}, which is not installed; write pip install {library}")
