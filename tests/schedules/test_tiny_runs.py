"""Over runs of a few updates, each way out that an error names leads out."""

import re
from dataclasses import replace

import pytest

from lrlab.errors import ScheduleError
from lrlab.schedules import SCHEDULES, Horizon, parse, parts_of

EPOCH = 2
PLAIN = [cls.written for cls in SCHEDULES.values() if len(list(parts_of(parse(cls.written)))) == 1]
TEXTS = [
    *PLAIN,
    "multi_step(at=[1 updates])", "multi_step(at=[1%])", "multi_step(at=[100%])", "multi_step(at=[5 epochs])",
    "piecewise_linear(at=[1 epochs, 4 updates, 100%], values=[1, 2, 1, 0])", "cyclic(period=1 updates)",
    "warmup(span=1 updates)+constant", "warmup(span=100%)+linear", "warmup(span=9 updates, mode=prefix)+linear",
    "slanted_triangular(rise=100%)", "flat_cosine(flat=100%, end=closed)", "knee(explore=99%, end=closed)",
    "knee(explore=4 updates, end=closed)", "wsd(cooldown=1 updates, end=closed)", "wsd(cooldown=7 updates)",
    "one_cycle(phases=3)", "one_cycle(rise=90%)", "one_cycle(rise=1 updates)", "cosine_cycles(per=epoch)",
    "sequence(of=[constant, linear], at=[50%])", "sequence(of=[constant, linear, constant], at=[1%, 100%])",
    "linear(end=closed)", "sgdr(first=5 epochs)", "noam(rise=9 updates)", "staircase(of=linear, every=4 epochs)",
    "repeat(of=linear, every=1%)", "stretch(of=linear, length=3 epochs)",
]  # fmt: skip


def ways_out(schedule, updates, message):
    """Each way out that a message names, as the schedule and the length of the run that it advises."""
    for field, span, further in re.findall(r'at (?:least|most) (?:(\w+)=)?"([^"]+)"(?: or "([^"]+)")?', message):
        yield from ((schedule_with(schedule, field, message, way), updates) for way in (span, further) if way)
    for span in re.findall(r'(?:shorten|lengthen) it to rise="([^"]+)"', message):
        yield replace(schedule, rise=span), updates
    for field, long, less in re.findall(r"`(\w+) < run` .* is (\d+) of .*shorten it by at least (\d+)", message):
        yield replace(schedule, **{field: f"{int(long) - int(less)} updates"}), updates
    for end in re.findall(r'write end="(\w+)"', message):
        yield replace(schedule, end=end), updates
    for cycles in re.findall(r"write cycles=(\d+)", message):
        yield replace(schedule, cycles=int(cycles)), updates
    if "leave one of them out" in message:
        others = [field for field in ("values", "of") if hasattr(schedule, field)]
        yield replace(schedule, **{field: getattr(schedule, field)[:-1] for field in ("at", *others)}), updates
    for length in re.findall(r"lengthen the run to (\d+) updates", message):
        yield schedule, int(length)
    for count, unit in re.findall(r"lengthen the run(?! to)(?: by (\d+) (update|epoch))?", message):
        yield schedule, updates + int(count or 1) * (EPOCH if unit == "epoch" else 1)


def schedule_with(schedule, field, message, way):
    """The schedule with another span in place of the one that the message speaks of; "": its field is in the rule."""
    field = field or re.search(r"`(\w+)", message)[1]
    spans = getattr(schedule, field)
    if isinstance(spans, str):
        return replace(schedule, **{field: way})
    wrong = re.search(r'"([^"]+)"', message)[1]
    return replace(schedule, **{field: tuple(way if span == wrong else span for span in spans)})


def refusal_of(schedule, updates):
    """What is said against it; "" where it is accepted."""
    try:
        schedule.bind(peak=0.1, horizon=Horizon(updates=updates, updates_per_epoch=EPOCH))
    except ScheduleError as error:
        return str(error)
    return ""


def follow_ways_out(schedule, updates, refused, through):
    """Take every way out until it is accepted. refused: what led here. through: what was followed to its end."""
    message = refusal_of(schedule, updates)
    if message and (schedule, updates) not in through:
        ways = list(ways_out(schedule, updates, message))
        assert ways, message
        assert len(refused) < 8, message
        for way in ways:
            assert way not in (*refused, (schedule, updates)), f"{message}: leads back to {way[0]} over {way[1]}"
            follow_ways_out(*way, (*refused, (schedule, updates)), through)
    through.add((schedule, updates))


@pytest.mark.parametrize("updates", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("text", TEXTS)
def test_each_way_out_that_an_error_names_leads_out(text, updates):
    """A schedule may break several rules, so a way out may lead to another; none leads back to what was refused."""
    follow_ways_out(parse(text), updates, (), set())
