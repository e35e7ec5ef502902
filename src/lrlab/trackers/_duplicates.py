"""Values that stand twice."""

from ..errors import RunsError
from ._numbers import is_mostly_numeric
from ._raw_table import FILE, LINE, RawTable
from ._words import REPEATS, STEPS, is_bookkeeping, is_seed, is_setting, list_names, plain_name, write_option

KEYS = ("arm", "seed", "metric", "step")


def drop_copies(long: RawTable, raw: RawTable) -> RawTable:
    """Without rows that say the same twice.

    raw: as it was read, for columns that may tell rows apart.

    Raises RunsError: two values of one run, metric and step that differ.
    """
    import polars

    kept = long.frame.unique([*KEYS, "value"], keep="first", maintain_order=True)
    copies = long.frame.height - kept.height
    clash = kept.filter(polars.struct(KEYS).is_duplicated())
    if clash.height:
        _refuse_clash(long.with_frame(clash), raw)
    if not copies:
        return long
    rows = "1 row says" if copies == 1 else f"{copies} rows say"
    return long.with_frame(
        kept, f"{rows} what another says already, to the last digit, and {'is' if copies == 1 else 'are'} left out"
    )


def _refuse_clash(clash: RawTable, raw: RawTable) -> None:
    """Name the first values that clash, and what would tell them apart."""
    import polars

    first = clash.frame.select(KEYS).row(0, named=True)
    same = polars.all_horizontal(polars.col(key).eq_missing(value) for key, value in first.items())
    rows = clash.with_frame(clash.frame.filter(same))
    places = " and ".join(rows.places()[:2])
    step = "" if first["step"] is None else f", step {first['step']:g}"
    values = " and ".join(f"{value:g}" for value in rows.frame["value"][:2])
    raise RunsError(
        f"{places}: {first['metric']} of arm {first['arm']!r}, seed {first['seed']}{step}, is given twice, as {values}"
        f"; leave one out{_say_way_out(rows, raw)}"
    )


def _say_way_out(rows: RawTable, raw: RawTable) -> str:
    """Columns by which two rows differ, of which an arm or a step could be made."""
    two = rows.frame.select(FILE, LINE).head(2).join(raw.frame, on=[FILE, LINE], how="left")
    columns = [name for name in raw.columns if two[name].n_unique() > 1 and not is_bookkeeping(name)]
    apart = [name for name in columns if is_setting(name) or not is_mostly_numeric(raw.frame[name])]
    one_file = rows.frame[FILE][0] == rows.frame[FILE][1]
    if not one_file and not apart:
        return "; where the files are the arms, write --arm file"
    seeds = [name for name in raw.columns if is_seed(name)]
    others = [name for name in seeds if two[name].n_unique() > 1]
    if others:  # as in a cross-validation that is repeated
        both = f"`{next((name for name in seeds if name not in others), 'seed')}` and `{others[0]}`"
        return f"; where `{others[0]}` tells runs apart, write one column of {both}, such as 0-3, and name it by --seed"
    repeats = [name for name in columns if plain_name(name) in REPEATS]
    if repeats:
        return f"; where `{repeats[0]}` tells runs apart, write --seed {write_option(repeats[0])}"
    steps = [name for name in columns if plain_name(name) in STEPS]
    if steps:
        return f"; where `{steps[0]}` is the step, write --step {write_option(steps[0])}"
    if apart:
        return f"; {list_names(apart)} differ there: where they make other arms, write --arm ARM,{apart[0]}"
    return "; where a row is a run, add a column seed, where it is a step, a column step" if one_file else ""
