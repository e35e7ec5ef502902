"""Plug-ins: modules of the user's, or installed ones, that register schedules and rules of their own."""

import importlib
import importlib.util
import sys
import sysconfig
import traceback
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path

from ..errors import LabError, LabWarning, PluginError, visible
from ..printing import printed_aside

GROUP = "lrlab.plugins"  # of entry points
LIBRARIES = tuple(
    {str(Path(__file__).parents[1]), *(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))}
)
FORM = "write the name of a module, or FILE.py"
_tried: set[str] = set()  # entry points, so that each is loaded once


def load_plugins(modules: Iterable[str]) -> None:
    """Import modules by name or by path, FILE.py, so that what they register is known. Each is imported once.

    What they print goes to standard error. Raises PluginError with the line of the user's own that failed.
    """
    for module in modules:
        with printed_aside():
            try:
                _import_plugin(module.strip())
            except (KeyboardInterrupt, PluginError):
                raise
            except ModuleNotFoundError as error:
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise PluginError(f"the plug-in {module} cannot be loaded: {own_line(error)}; mend it") from error
                raise PluginError(f"there is no module {visible(module)!r} for a plug-in; {FORM}") from None
            except BaseException as error:
                raise PluginError(f"the plug-in {module} cannot be loaded: {own_line(error)}; mend it") from error


def load_entry_points() -> None:
    """Import what installed packages offer as plug-ins, once. One that fails is passed over, with a LabWarning."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    for point in entry_points(group=GROUP):
        if point.value in _tried:
            continue
        _tried.add(point.value)
        try:
            with printed_aside():
                point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            warnings.warn(
                f"the installed plug-in {point.name} ({point.value}) cannot be loaded: {own_line(error)}; "
                f"its schedules and rules are not known",
                LabWarning,
                stacklevel=2,
            )


def own_line(error: BaseException) -> str:
    """Where the user's own code failed and how, as `file:line: Error: text`."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    own = [frame for frame in frames if not frame.filename.startswith(LIBRARIES)] or frames
    place = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
    kind = "" if isinstance(error, LabError) else f"{type(error).__name__}: "
    return f"{place}{kind}{error}"


def _import_plugin(name: str) -> None:
    if not name.endswith(".py"):
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        importlib.import_module(name)
        return
    path = Path(name).expanduser().resolve()
    if not path.is_file():
        raise PluginError(f"there is no file {visible(name)} for a plug-in; {FORM}")
    title = f"lrlab_plugin_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    if title in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(title, path)
    assert spec is not None and spec.loader is not None, "a file that ends with .py has a loader"  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[title] = module  # before it runs: types of fields are looked up there
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[title]
        raise
    from cloudpickle import register_pickle_by_value  # seldom needed

    register_pickle_by_value(module)  # no other process has a module of this title
