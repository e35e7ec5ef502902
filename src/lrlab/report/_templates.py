"""The HTML templates of this room."""

import re
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

WORDS = re.compile(r"\S+")
JOINTS = re.compile(r"(?<=[\w)])(?=[+@])|(?<=\w\()(?=\w)")  # of an arm's name: before + and @, and after a parenthesis


def breakable(text: object, longest: int = 0) -> str:
    """Text as HTML in which a long name of an arm may go on in the next line at its joints.

    longest: a word of so many characters is left as it is.

    >>> breakable("cosine+swa@adamw(weight_decay=0.1) < +0.5")
    'cosine<wbr>+swa<wbr>@adamw(<wbr>weight_decay=0.1) &lt; +0.5'
    >>> breakable("cosine@muon or constant+ema(decay=0.98)", 20)
    'cosine@muon or constant<wbr>+ema(<wbr>decay=0.98)'
    """
    return WORDS.sub(lambda word: "<wbr>".join(map(escape, _pieces(word[0], longest))), str(text))


def _pieces(word: str, longest: int) -> list[str]:
    return JOINTS.split(word) if len(word) > longest else [word]


def template_environment(*rooms: str) -> "jinja2.Environment":
    """The templates of this room and of others, by their packages, in one style.

    What is missing is an error, what is shown is escaped.
    """
    import jinja2
    from markupsafe import Markup

    def read(name: str) -> str:
        files = [resources.files(room).joinpath(name) for room in ("lrlab.report", *rooms)]
        return next((file for file in files if file.is_file()), files[0]).read_text("utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = lambda text, longest=0: Markup(breakable(text, longest))
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    return environment
