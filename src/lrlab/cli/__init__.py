"""The command line: one thin file per verb. Nothing here loads torch before a verb needs it."""

import functools
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import typer

from ..errors import LabError, LabWarning, Paused, RunError
from ._compare import compare
from ._doctor import doctor
from ._list import list_names
from ._report import report
from ._run import run
from ._show import show
from ._verify import verify

__all__ = ["app", "main"]

INTERRUPTED, TERMINATED = 130, 143  # as shells count: 128 and the signal


class _Terminated(KeyboardInterrupt):
    """SIGTERM: a batch system or a container wants the run to end, as tidily as by Ctrl-C."""


app = typer.Typer(
    name="lrlab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _friendly(verb: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake ends with exit code 2, a failed run with 1, time up with 3, Ctrl-C with 130, SIGTERM with 143.

    None shows a traceback.
    """

    @functools.wraps(verb)
    def guarded(**options: Any) -> None:
        try:
            verb(**options)
        except LabError as error:
            print(f"lrlab: {error}", file=sys.stderr)
            codes = {RunError: 1, Paused: 3}
            raise typer.Exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 2)) from None
        except KeyboardInterrupt as stop:
            print(
                "\nlrlab: stopped; what was measured is stored, and the same command goes on from there",
                file=sys.stderr,
            )
            raise typer.Exit(TERMINATED if isinstance(stop, _Terminated) else INTERRUPTED) from None

    return guarded


_VERBS = {
    "compare": compare,
    "run": run,
    "report": report,
    "show": show,
    "list": list_names,
    "verify": verify,
    "doctor": doctor,
}
for _name, _verb in _VERBS.items():
    app.command(_name)(_friendly(_verb))


def _version(asked: bool) -> None:
    if asked:
        from .. import __version__

        typer.echo(f"lrlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Which learning-rate schedule, at what peak rate, and how sure are we?"""


def main() -> None:
    """The entry point."""
    signal.signal(signal.SIGTERM, _terminate)
    warnings.showwarning = _in_words(warnings.showwarning)
    app()


def _in_words(shown: Callable[..., None]) -> Callable[..., None]:
    """How warnings are shown: lrlab's own as a line for people, others as before."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, LabWarning):
            print(f"lrlab: {message}", file=sys.stderr, flush=True)
        else:
            shown(message, category, *where, **more)

    return show


def _terminate(*_: object) -> None:
    raise _Terminated
