"""The HTML templates of this room."""

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def template_environment() -> "jinja2.Environment":
    """The templates: what is missing is an error, what is shown is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: resources.files("lrlab.report").joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
