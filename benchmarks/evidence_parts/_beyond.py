"""Beyond one number: do the bands of tuning curves and of peaks hold what they promise, on real trials?"""

import numpy as np
import polars as pl

from lrlab.stats import kendall_tau, peak_room, t_interval, tuning_band

TITLE = "Beyond one number: bands of tuning curves, peaks and ranks"
DEMO_PEAKS = (0.01, 0.03, 0.1, 0.3)
MARGIN = 0.02  # points of accuracy that would not matter, as digits have it


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    if bank is None:
        return ["Needs the bank of trials (LRLAB_DATA)."], {}
    score_JPS, peaks = scores_of(bank, "validation_accuracy")
    studies = 40 if quick else 1000
    rng = np.random.default_rng(18)
    parts = {
        "tuning_bands": measure_tuning_bands(score_JPS, studies, rng),
        "peak_intervals": measure_peak_intervals(score_JPS, studies, rng),
        "room": measure_room(score_JPS, peaks, studies, rng),
        "ranks": measure_ranks(bank, studies, rng),
    }
    lines = [
        *tuning_lines(parts["tuning_bands"], studies),
        *peak_lines(parts["peak_intervals"], studies),
        *room_lines(parts["room"], studies),
        *rank_lines(parts["ranks"], studies),
    ]
    return lines, {"studies": studies, **parts}


def scores_of(bank: pl.DataFrame, column: str) -> tuple[np.ndarray, list[float]]:
    """Scores by schedule, peak and seed; a diverged trial has the worst of all. And the peaks, ascending."""
    peaks = sorted(bank["peak"].unique().to_list())
    labels = sorted(bank["schedule"].unique().to_list())
    worst = float(bank[column].min())
    rows = bank.sort("schedule", "peak", "seed").with_columns(
        pl.when(pl.col("diverged")).then(worst).otherwise(pl.col(column)).cast(pl.Float64).alias("value")
    )
    return rows["value"].to_numpy().reshape(len(labels), len(peaks), -1), peaks


def standard_error(share: float, n: int) -> float:
    return float(np.sqrt(share * (1 - share) / n))


def measure_tuning_bands(score_JPS, studies, rng):
    """Settings: a peak of the seven and a seed, at random; the truth is the whole bank's curve of each schedule."""
    found = []
    for n in (5, 10, 20, 50):
        held, naive, bounded, total, tries = 0, 0, 0, 0, np.arange(1, n + 1)
        for score_PS in score_JPS:
            every_N = np.sort(score_PS.ravel())
            true_K = every_N[np.ceil(len(every_N) * 0.5 ** (1 / tries) - 1e-9).astype(int) - 1]
            for _ in range(studies // 4):
                value_N = rng.choice(every_N, n)
                band = tuning_band(value_N, tries)
                held += bool(((band.low <= true_K) & (true_K <= band.high)).all())
                low_K, high_K = bootstrap_band(value_N, tries, rng)
                naive += bool(((low_K <= true_K) & (true_K <= high_K)).all())
                bounded += np.isfinite(band.high).sum() / n
                total += 1
        found.append(
            {"settings": n, "held": held / total, "naive": naive / total, "bounded": bounded / total, "studies": total}
        )
    return found


def bootstrap_band(value_N, try_K, rng, resamples=200):
    """What is usually drawn: the percentile bootstrap of the median of the best of k, each k on its own."""
    drawn_RN = np.sort(rng.choice(value_N, (resamples, len(value_N))), axis=1)
    at_K = np.ceil(len(value_N) * 0.5 ** (1 / try_K) - 1e-9).astype(int) - 1
    return np.quantile(drawn_RN[:, at_K], (0.025, 0.975), axis=0)


def measure_peak_intervals(score_JPS, studies, rng):
    """Student's interval of the mean at a peak, and of its fall from the best peak; the truth is that of 200 seeds."""
    arms, peaks, seeds = score_JPS.shape
    mean_JP = score_JPS.mean(axis=2)
    steady_JP = score_JPS.min(axis=2) > 0.5  # peaks at which no seed came near chance
    found = []
    for n in (2, 3, 5, 10):
        cells = {name: [] for name in ("mean", "normal", "fall", "steady", "steady_fall")}
        for _ in range(max(studies // 20, 2)):
            some = rng.choice(seeds, n, replace=False)
            for arm in range(arms):
                best = int(score_JPS[arm][:, some].mean(axis=1).argmax())
                for peak in range(peaks):
                    value = score_JPS[arm, peak, some]
                    inside = holds(t_interval(value), mean_JP[arm, peak])
                    cells["mean"].append(inside)
                    half = 1.96 * value.std(ddof=1) / np.sqrt(n)
                    cells["normal"].append(abs(value.mean() - mean_JP[arm, peak]) <= half)
                    if steady_JP[arm, peak]:
                        cells["steady"].append(inside)
                    if peak != best:
                        fall = t_interval(score_JPS[arm, best, some] - value)
                        right = holds(fall, mean_JP[arm, best] - mean_JP[arm, peak])
                        cells["fall"].append(right)
                        if steady_JP[arm, peak]:
                            cells["steady_fall"].append(right)
        found.append({"seeds": n} | {name: float(np.mean(hits)) for name, hits in cells.items()})
    return found


def holds(interval, truth):
    return interval.low - 1e-12 <= truth <= interval.high + 1e-12


def measure_room(score_JPS, peaks, studies, rng):
    """The room beside the chosen peak, of few seeds and peaks, against that of 200 seeds and all seven peaks."""
    places = {"demo's 4": [peaks.index(peak) for peak in DEMO_PEAKS], "all 7": list(range(len(peaks)))}
    found = []
    for (name, grid), n in [(each, n) for each in places.items() for n in (2, 5, 10)]:
        inside, ratios, falls = [], [], score_JPS.mean(axis=2)
        for _ in range(max(studies // 5, 4)):
            some = rng.choice(score_JPS.shape[2], n, replace=False)
            for arm in range(len(score_JPS)):
                mean_P = score_JPS[arm][np.ix_(grid, some)].mean(axis=1)
                best = grid[int(mean_P.argmax())]
                seen = peak_room([peaks[at] for at in grid], mean_P.max() - mean_P, peaks[best], MARGIN)
                truth = peak_room(peaks, falls[arm, best] - falls[arm], peaks[best], MARGIN)
                for side, true in ((seen.lower, truth.lower), (seen.higher, truth.higher)):
                    if true.fell is not None:
                        inside.append(side.about * 0.999 <= true.about <= (side.fell or np.inf) * 1.001)
                        ratios.append(side.about / true.about)
        low, middle, high = np.quantile(ratios, (0.05, 0.5, 0.95)).tolist()
        found.append({"grid": name, "seeds": n, "inside": float(np.mean(inside)), "ratio": [low, middle, high]})
    return found


def measure_ranks(bank, studies, rng):
    """Kendall's tau of the order after each epoch with the order at the end, at the peaks best after six epochs."""
    score_JPS, peaks = scores_of(bank, "validation_accuracy")
    labels = sorted(bank["schedule"].unique().to_list())
    best = [peaks[int(score_PS.mean(axis=1).argmax())] for score_PS in score_JPS]
    curves = [
        np.array(bank.filter(schedule=label, peak=peak).sort("seed")["validation_accuracy_by_epoch"].to_list())
        for label, peak in zip(labels, best, strict=True)
    ]
    curve_JSE = np.array(curves)
    mean_JE = curve_JSE.mean(axis=1)
    found = []
    for epoch in range(mean_JE.shape[1] - 1):
        taus = []
        for _ in range(max(studies // 5, 4)):
            some_JE = curve_JSE[:, rng.choice(curve_JSE.shape[1], 10, replace=False)].mean(axis=1)
            taus.append(kendall_tau(some_JE[:, epoch], some_JE[:, -1]))
        low, middle, high = np.nanquantile(taus, (0.05, 0.5, 0.95)).tolist()
        truth = kendall_tau(mean_JE[:, epoch], mean_JE[:, -1])
        found.append({"epoch": epoch + 1, "tau": truth, "ten_seeds": [low, middle, high]})
    return found


def tuning_lines(rows, studies):
    return [
        "**Tuning curves.** Settings drawn at random (a peak of seven, a seed of 200) for each of eight schedules; "
        "does the 95 % band hold the whole bank's curve at every k up to the settings tried? "
        f"{8 * (studies // 4):,} studies a row, standard error {standard_error(0.95, rows[0]['studies']):.3f} at 95 %. "
        "Beside it what is usually drawn: the percentile bootstrap at each k.",
        "",
        "| settings tried | band holds all of the curve | bootstrap does | k at which the band has an upper end |",
        "| ---: | ---: | ---: | ---: |",
        *(
            f"| {row['settings']} | {row['held']:.3f} | {row['naive']:.3f} | {100 * row['bounded']:.0f} % |"
            for row in rows
        ),
        "",
    ]


def peak_lines(rows, studies):
    names = ("mean", "normal", "steady", "fall", "steady_fall")
    return [
        "**Score by peak.** Does Student's 95 % interval hold the mean of 200 seeds? 56 schedules at peaks, "
        f"{max(studies // 20, 2)} draws of seeds. Steady: no seed of 200 came near chance. Fall: from the best peak "
        "of the same seeds, paired; the best was chosen on them, so a little less is to be expected.",
        "",
        "| tuning seeds | mean, all peaks | 1.96 standard errors | mean, steady peaks | fall, all | fall, steady |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *(f"| {row['seeds']} | " + " | ".join(f"{row[name]:.3f}" for name in names) + " |" for row in rows),
        "",
    ]


def room_lines(rows, studies):
    return [
        f"**How far the peak may be off** before the score falls by more than {100 * MARGIN:g} points: the range that "
        "is shown, against the room of 200 seeds, by lines through all seven peaks, beside the same peak; sides that "
        f"fall within the seven. {max(studies // 5, 4)} draws of seeds, eight schedules. With all seven the range "
        "begins at an estimate of the very number, so it cannot be asked to hold it.",
        "",
        "| peaks tried | seeds | the range holds the truth | its lower end, by truth: 5 %, median, 95 % |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {row['grid']} | {row['seeds']} | {'' if '7' in row['grid'] else format(row['inside'], '.2f')} | "
            + ", ".join(f"{value:.2f}" for value in row["ratio"])
            + " |"
            for row in rows
        ),
        "",
    ]


def rank_lines(rows, studies):
    return [
        "**Ranks on the way.** Kendall's tau of the order of eight schedules, each at its best peak, with the order "
        f"after six epochs: of 200 seeds, and of ten ({max(studies // 5, 4)} draws; 5 %, median, 95 %).",
        "",
        "| after epoch | 200 seeds | 10 seeds |",
        "| ---: | ---: | ---: |",
        *(
            f"| {row['epoch']} | {row['tau']:.2f} | " + ", ".join(f"{value:.2f}" for value in row["ten_seeds"]) + " |"
            for row in rows
        ),
    ]
