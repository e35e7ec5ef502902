"""`lrlab show SCHEDULE...`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..errors import ScheduleError, visible
from ._options import JsonOption, PluginOption, file_place, load_plugins, numbers_of, refuse_options

MOST_UPDATES = 10_000_000  # each has a number in memory


def show(
    schedules: Annotated[list[str], typer.Argument(help='One or more, such as cosine or "warmup(span=5%)+one_cycle".')],
    peak: Annotated[float, typer.Option(help="The highest rate.")] = 1.0,
    updates: Annotated[int, typer.Option(help="The length of the run.")] = 1000,
    updates_per_epoch: Annotated[
        int, typer.Option(help='How many updates make an epoch, for spans such as "5 epochs".')
    ] = 100,
    png: Annotated[Path | None, typer.Option(callback=file_place, help="Save a picture: .png, .svg or .pdf.")] = None,
    losses: Annotated[
        list[str] | None, typer.Option(help="What a rule would see after each epoch, such as 1.0,0.8,0.8.")
    ] = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw schedules and rules without training: in the terminal, as a picture, or as numbers."""
    from ..rules import Rule, simulate
    from ..schedules import Horizon
    from ..spec import plan_of, read_arm

    load_plugins(plugin)
    if updates > MOST_UPDATES:
        raise ScheduleError(
            f"--updates must be at most {MOST_UPDATES} for a picture, but got {updates}; a curve in percentages is the "
            f"same over {MOST_UPDATES}"
        )
    horizon = Horizon(updates=updates, updates_per_epoch=updates_per_epoch)
    seen = numbers_of(losses, "losses") if losses else []
    rates = {}
    plans = [plan_of(read_arm(text)) for text in schedules]
    if losses and not any(isinstance(plan, Rule) for plan in plans):
        refuse_options({"--losses": losses}, "only a rule sees losses, such as plateau(patience=2)+constant")
    for plan in plans:
        if isinstance(plan, Rule) and seen:
            rates[str(plan)] = simulate(plan, seen, peak=peak, horizon=horizon)
        else:
            rates[str(plan)] = plan.bind(peak=peak, horizon=horizon).all()
    if as_json:
        from ._output import print_json

        print_json({label: rate_T.tolist() for label, rate_T in rates.items()}, indent=None)
        return
    from ..report import rate_curves, save_png, terminal_picture

    curves = rate_curves(rates)
    if png is not None:
        save_png(curves, png, "")
        print(f"Saved {visible(str(png))}")
        return
    console = Console(highlight=False)
    unicode = (console.encoding or "").lower().startswith("utf")
    width = min(console.width, 100)
    colours = console.is_terminal
    picture = terminal_picture(curves, width, 20, unicode=unicode, markup=colours)
    console.print(picture, soft_wrap=True, markup=colours)
