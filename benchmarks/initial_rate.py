"""The study initial-rate at full scale by two engines: seconds a trial, and whether their accuracies agree.

    lrlab run initial-rate --scale full --engine lanes --store lanes.db --results lanes
    python benchmarks/initial_rate.py lanes              # writes benchmarks/results/initial_rate.md

The first engine is that of the kept results in `results/`. Both have the same seeds, so differences are paired. Seconds
are those of the records: training and evaluation of a stack, shared out evenly over its trials.
"""

import argparse
from pathlib import Path

import numpy as np

from lrlab.publications import PUBLICATIONS, kept_results
from lrlab.spec import Provenance, Record
from lrlab.stats import mean_interval

STUDY, SCALE = "initial-rate", "full"
HERE = Path(__file__).parent
PAGE = HERE / "results" / "initial_rate.md"
TEXT = """# {study}, scale {scale}, by two engines

The ConvNet on CIFAR-10 under three initial rates, ten seeds, 30 epochs with an evaluation of training and test data
after each. Means over seeds with their standard deviation; differences are paired by seed, with 95 % intervals (BCa
bootstrap). The engines round in different orders, and after 11,700 updates a trial is another one: accuracies can
agree no closer than seeds do. One run of each engine, on two cores of one machine, not side by side. Made by
`benchmarks/initial_rate.py`, which says what is on the clock.

| {header} |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

{about}
"""


def by_peak(results: Path) -> dict[float, list[Record]]:
    """The kept records of each peak rate, by seed."""
    found = kept_results(PUBLICATIONS[STUDY](SCALE), results / STUDY / SCALE)
    if found is None:
        raise SystemExit(f"nothing of {STUDY}, scale {SCALE}, is kept in {results}")
    groups: dict[float, list[Record]] = {}
    for record in sorted(found.parts[0].confirmed, key=lambda record: record.trial.seed):
        groups.setdefault(record.trial.peak, []).append(record)
    return groups


def row(peak: float, first: list[Record], second: list[Record]) -> str:
    """One initial rate by both engines, on the seeds that both have."""
    seeds = {record.trial.seed for record in first} & {record.trial.seed for record in second}
    pairs = [[record for record in group if record.trial.seed in seeds] for group in (first, second)]
    score_2S = 100 * np.array([[record.test.score for record in group] for group in pairs])
    seconds = [np.mean([one.train_seconds + one.evaluate_seconds for one in group]) for group in pairs]
    apart = mean_interval(score_2S[1] - score_2S[0], rng=np.random.default_rng(0))
    cells = [f"{peak:g}", *(f"{score_S.mean():.2f} (sd {score_S.std(ddof=1):.2f})" for score_S in score_2S)]
    cells.append(f"{apart.point:+.2f} ({apart.low:+.2f} to {apart.high:+.2f})")
    cells += [*(f"{one:.1f}" for one in seconds), f"{seconds[0] / seconds[1]:.1f}"]
    return f"| {' | '.join(cells)} |"


def told(one: Provenance) -> str:
    """What trained a record, and where."""
    return f"{one.engine}: {one.stack} trials a stack, {one.machine}, torch {one.torch}, lrlab {one.lrlab}"


def main() -> None:
    """Read both, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="the folder given as --results to the other run")
    first, second = by_peak(HERE.parent / "results"), by_peak(parser.parse_args().results)
    whence = [next(iter(groups.values()))[0].provenance for groups in (first, second)]
    first_name, second_name = (one.engine for one in whence)
    header = ["initial rate", f"{first_name}: accuracy (%)", f"{second_name}: accuracy (%)", "difference (points)"]
    header += [f"{first_name}: s a trial", f"{second_name}: s a trial", "x"]
    text = TEXT.format(
        study=STUDY,
        scale=SCALE,
        header=" | ".join(header),
        rows="\n".join(row(peak, first[peak], second[peak]) for peak in first if peak in second),
        about="\n".join(f"- {told(one)}" for one in whence),
    )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
