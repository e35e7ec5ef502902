"""The HTML templates of this room."""

from importlib import resources
from typing import TYPE_CHECKING

from ._breaks import breakable
from ._table_rows import row_pieces

if TYPE_CHECKING:
    import jinja2


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
    environment.globals["row_pieces"] = row_pieces
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "separators": (",", ":")}
    return environment
