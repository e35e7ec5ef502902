"""The verbs and their options, and what a user's mistake ends with."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import typer

from ..errors import LabError, Paused, RunError
from ._compare import compare
from ._doctor import doctor
from ._list import list_names
from ._report import report
from ._run import run
from ._show import show
from ._verify import verify

app = typer.Typer(
    name="lrlab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _friendly(verb: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake ends with exit code 2, a failed run with 1, time up with 3; none shows a traceback."""

    @functools.wraps(verb)
    def guarded(**options: Any) -> None:
        try:
            verb(**options)
        except LabError as error:
            print(f"lrlab: {error}", file=sys.stderr)
            codes = {RunError: 1, Paused: 3}
            raise typer.Exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 2)) from None
        except KeyboardInterrupt:  # click would say "Aborted!" before the sentence that follows
            raise SystemExit from None

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
