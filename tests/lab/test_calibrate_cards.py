"""Which setup is chosen on a graphics card: compiled passes, recorded updates; for paces that are given."""

import pytest

from lrlab.lab._calibrate import calibrate
from support.pace import Pretended, faster_until, in_lanes, job


def test_lanes_are_no_matter_of_graphics_cards():
    executor = Pretended(faster_until(4), lanes=in_lanes)
    assert calibrate(job()._replace(device="cuda"), executor, "auto").why == ""
    assert calibrate(job()._replace(device="cuda"), executor, "lanes").why == "lanes run on a processor alone"
    assert executor.sizes("lanes") == []


def compiled_at(share, plain="grouped"):
    """On a card a stack gains up to 32; compiled, an update takes such a share of its time. Or refuses, in words."""

    def table(layout, size, threads):
        if layout.endswith("_compiled"):
            return share if isinstance(share, str) else share * table(layout.removesuffix("_compiled"), size, threads)
        return 0.01 / size if layout == plain else 0.01

    return table


@pytest.mark.parametrize(
    ("share", "updates", "asked", "chosen"),
    [
        (0.5, 100_000, True, "grouped_compiled"),
        (0.5, 20_000, False, "grouped"),  # 200 s, not worth a minute
        (0.95, 100_000, True, "grouped"),  # 50 s of 1000 are saved, for a minute
        (0.95, 1_000_000, True, "grouped_compiled"),
        (0.99, 1_000_000, True, "grouped"),  # so much is noise
    ],
)
def test_on_a_card_what_is_compiled_is_taken_where_it_saves_more_than_it_costs(share, updates, asked, chosen):
    executor = Pretended(compiled_at(share))
    setup = calibrate(job(updates=updates)._replace(device="cuda"), executor, "auto")
    assert (setup.layout, setup.size) == (chosen, 32)
    assert executor.sizes("grouped_compiled") == ([32] if asked else [])
    assert setup.ratio == pytest.approx(32 / (share if chosen != "grouped" else 1))
    assert setup.graph is False  # as fast without: a stack that is not recorded is simpler


def test_on_a_card_one_by_one_is_compiled_too():
    executor = Pretended(compiled_at(0.5, plain="nothing"))
    setup = calibrate(job(updates=100_000)._replace(device="cuda"), executor, "auto")
    assert (setup.layout, setup.size, setup.ratio) == ("loop_compiled", 1, 2)


def test_calibration_goes_on_where_the_compiler_refuses():
    executor = Pretended(compiled_at("torch.compile does not take it: no Triton"))
    setup = calibrate(job(updates=100_000)._replace(device="cuda"), executor, "auto")
    assert (setup.layout, setup.size) == ("grouped", 32)
    assert setup.why == "not compiled: torch.compile does not take it: no Triton"


def test_a_budget_holds_no_compilation_that_is_longer_than_its_share():
    executor = Pretended(compiled_at(0.5))
    short = job()._replace(device="cuda", seconds=500, share=50)
    assert calibrate(short, executor, "auto").layout == "grouped"
    assert calibrate(short._replace(seconds=5000, share=500), executor, "auto").layout == "grouped_compiled"


def test_on_a_processor_nothing_is_compiled():
    executor = Pretended(compiled_at(0.1))
    assert calibrate(job(updates=1_000_000), executor, "auto").layout == "grouped"
    assert not any(layout.endswith("_compiled") for layout, _, _ in executor.asked)


def test_recorded_updates_are_taken_where_they_are_faster():
    class Recorded(Pretended):
        def run(self, jobs, limit=None):
            for asked, end in zip(jobs, super().run(jobs), strict=True):
                faster = {"update": end.timing.update / (2 if asked.graph else 1)}
                yield end.model_copy(update={"timing": end.timing.model_copy(update=faster)})

    setup = calibrate(job()._replace(device="cuda"), Recorded(compiled_at("no")), "auto")
    assert (setup.layout, setup.graph) == ("grouped", True)
