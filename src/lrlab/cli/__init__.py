"""The command line: one thin file per verb. Nothing here loads torch before a verb needs it."""

import sys

import typer

from ..errors import LabError, RunError
from ._compare import compare
from ._list import list_names
from ._report import report
from ._run import run
from ._show import show

__all__ = ["app", "main"]

app = typer.Typer(
    name="lrlab",
    help="Which learning-rate schedule, at what peak rate, and how sure are we?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb, name in ((compare, "compare"), (run, "run"), (report, "report"), (show, "show"), (list_names, "list")):
    app.command(name)(verb)


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
    """Entry point. A user's mistake ends with its message and exit code 2; a failed run with 1; Ctrl-C with 130."""
    try:
        app()
    except LabError as error:
        print(f"lrlab: {error}", file=sys.stderr)
        raise SystemExit(1 if isinstance(error, RunError) else 2) from None
    except KeyboardInterrupt:
        print("lrlab: stopped; what was measured is stored, and the same command goes on from there", file=sys.stderr)
        raise SystemExit(130) from None
