"""The verbs and their options, and what a user's mistake ends with."""

import contextlib
import functools
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from ..errors import TRACEBACK, LabError, RunError, TimeUp, Unfinished, shortened, visible, whole_traceback
from ._compare import compare
from ._decays import decays
from ._doctor import doctor
from ._examples import example_of
from ._find import find
from ._judge import judge
from ._list import list_names
from ._output import spell_plainly, warn_in_words
from ._plan import plan
from ._report import report
from ._run import run
from ._show import show
from ._stop import interrupted
from ._store import VERBS as STORE_VERBS
from ._store import store_app
from ._verify import verify
from ._watch import watch

FAULT = "a fault of lrlab's own, please report it"
LONGEST_LINE = 2000  # characters
USAGE_ERROR: Any = typer.BadParameter.__bases__[0]  # Click's, or that of the copy newer versions of typer hold


class _Verbs(TyperGroup):
    """The verbs; words of the user's that are not understood are shown with escapes, as elsewhere."""

    def make_context(self, *words: Any, **more: Any) -> Any:
        with _shown_safely():
            return super().make_context(*words, **more)

    def invoke(self, ctx: Any) -> Any:
        with _shown_safely():
            return super().invoke(ctx)


class _Verb(TyperCommand):
    """A verb whose help has lists of names from where they are kept, which is loaded where help is asked for."""

    def get_help(self, ctx: Any) -> str:
        from ..spec import LAYOUT_KINDS, OPTIMIZERS

        layouts = ("auto", *(name for name, kind in LAYOUT_KINDS.items() if not kind.plain))
        for place, kinds in (("{optimizers}", OPTIMIZERS), ("{layouts}", layouts)):
            for option in self.params:
                words = getattr(option, "help", None)
                if words is not None and place in words:
                    option.help = words.replace(place, ", ".join(kinds))  # pyright: ignore[reportAttributeAccessIssue]
        return super().get_help(ctx)


@contextlib.contextmanager
def _shown_safely() -> Iterator[None]:
    try:
        yield
    except USAGE_ERROR as error:
        error.message = visible(shortened(error.message, LONGEST_LINE))
        raise


app = typer.Typer(
    name="lrlab",
    cls=_Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=example_of("compare"),
)


def _print_error(error: BaseException, text: str) -> None:
    """The line for people, with escapes for what would move their cursor; the traceback where it is asked for."""
    if whole_traceback():
        traceback.print_exception(error)
    lines = [visible(shortened(line, LONGEST_LINE)) for line in text.split("\n")]
    print("lrlab: " + "\n".join(lines), file=sys.stderr)


def _end_in_words(verb: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake ends with exit code 2, a failed run with 1, time up and an unfinished study with 3.

    None shows a traceback, but with LRLAB_TRACEBACK=1.
    """

    @functools.wraps(verb)
    def guarded(**options: Any) -> None:
        try:
            verb(**options)
        except LabError as error:
            _print_error(error, str(error))
            codes = {RunError: 1, TimeUp: 3, Unfinished: 3}
            raise typer.Exit(next((code for kind, code in codes.items() if isinstance(error, kind)), 2)) from None
        except KeyboardInterrupt:  # click would say "Aborted!" before the sentence that follows
            raise SystemExit(interrupted()) from None
        except (BrokenPipeError, typer.Exit, typer.Abort, typer.BadParameter):
            raise  # of a broken pipe: who reads our output has enough, and Click ends quietly
        except OSError as error:
            _print_error(error, f"the system refuses: {error}; mend that and run again")
            raise typer.Exit(2) from None
        except Exception as error:
            _print_error(error, f"{FAULT}: {type(error).__name__}: {error}; {TRACEBACK}=1 shows where")
            raise typer.Exit(1) from None

    return guarded


_VERBS = {
    "compare": compare,
    "find": find,
    "decays": decays,
    "run": run,
    "judge": judge,
    "plan": plan,
    "report": report,
    "watch": watch,
    "show": show,
    "list": list_names,
    "verify": verify,
    "doctor": doctor,
}
for _name, _verb in _VERBS.items():
    app.command(_name, cls=_Verb, epilog=example_of(_name))(_end_in_words(_verb))
for _name, _verb in STORE_VERBS.items():
    store_app.command(_name, epilog=example_of(f"store {_name}"))(_end_in_words(_verb))
app.add_typer(store_app, name="store", epilog=example_of("store check"))


def _print_version(asked: bool) -> None:
    if asked:
        from .. import __version__

        typer.echo(f"lrlab {__version__}")
        raise typer.Exit


@app.callback()
def _shared_options(
    version: bool = typer.Option(  # noqa: ARG001
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Which learning-rate schedule, at what peak rate, and how sure are we?"""
    spell_plainly()
    warn_in_words()
