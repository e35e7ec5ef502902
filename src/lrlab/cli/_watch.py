"""`lrlab watch [STORE]`."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import DEFAULT_STORE, PluginOption, file_place, load_plugins

WORDS = b"\nlrlab: stopped watching; a run that goes on is not touched\n"


def watch(
    store: Annotated[
        Path, typer.Argument(envvar="LRLAB_STORE", callback=file_place, help="The file records are kept in.")
    ] = DEFAULT_STORE,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; default: a free one.")
    ] = None,
    idle: Annotated[
        str, typer.Option("--idle", help="Stop when for so long no run went on and nobody asked for the page.")
    ] = "15m",
    plugin: PluginOption = None,
) -> None:
    """Show the newest run of a store in a browser, renewed as trials land; on this machine alone."""
    from .. import api
    from ._output import say
    from ._stop import say_when_stopped

    load_plugins(plugin)
    say_when_stopped(WORDS)
    api.watch(store, port=port, idle=idle, say=lambda text: say(text, whole=True))
