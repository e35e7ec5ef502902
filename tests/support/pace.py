"""An executor that answers measurements of speed by a table, and the work that is asked about."""

from lrlab.lab import _calibrate
from lrlab.lab._calibrate import Workload
from lrlab.spec import Ended, Failed, Timing
from support.tasks import blobs, trial

GIGABYTE = 1 << 30
MISSING = "there is no compiled part; install it"
NOT_COMPILED = "lanes are not compiled here"
MEMORY = "too little memory for lanes"


class Pretended:
    """An executor that answers a measurement by a table: seconds of one update per trial, by layout, size, threads.

    lanes: the table of that layout; without it, lanes are not compiled. lane_bytes: what a trial takes there.
    """

    slots = 2

    def __init__(self, table, trial_bytes=1000, free_bytes=GIGABYTE, lanes=None, lane_bytes=None):
        self.table, self.lanes, self.asked = table, lanes, []
        self.trial_bytes, self.lane_bytes, self.free_bytes = trial_bytes, lane_bytes or trial_bytes, free_bytes

    def run(self, jobs, limit=None):
        for job in jobs:
            key = (job.layout, len(job.trials), job.resources.cores)
            self.asked.append(key)
            in_lanes = key[0] == "lanes"
            if in_lanes and self.lanes is None:
                yield Ended(job=job.name, timing=Timing(refused=MISSING, missing=True))
                continue
            answer = self.lanes(*key[1:]) if in_lanes else self.table(*key)
            if isinstance(answer, Failed):
                yield answer
                continue
            pace = {"refused": answer} if isinstance(answer, str) else {"update": answer, "mean": answer, "look": 0.1}
            taken = self.lane_bytes if in_lanes else self.trial_bytes
            pace |= {"trial_bytes": taken, "free_bytes": self.free_bytes, "graph": job.graph}
            yield Ended(job=job.name, timing=Timing(**pace))

    def sizes(self, layout):
        """The sizes that were measured in one thread, in this order."""
        return list(dict.fromkeys(size for name, size, threads in self.asked if name == layout and threads == 1))

    def close(self):
        pass


class Slow(Pretended):
    """Each measurement takes so many seconds, by the clock that calibration reads."""

    def __init__(self, table, seconds, monkeypatch, **options):
        super().__init__(table, **options)
        self.now, self.seconds = 0.0, seconds
        monkeypatch.setattr(_calibrate, "perf_counter", lambda: self.now)

    def run(self, jobs, limit=None):
        self.now += self.seconds if jobs else 0.0
        return super().run(jobs, limit)


def job(total=64, updates=10_000):
    task = blobs()
    sample = [trial(task, seed=seed) for seed in range(40)]
    return Workload(sample, total, updates, "somewhere")


def faster_until(best):
    """A stack gains until it has `best` trials."""

    def table(layout, size, threads):
        if threads > 1 or size == 1:
            return 0.01
        return 0.01 / min(size, best) + 0.001 * max(0, size / best - 1)

    return table


def in_lanes(size, threads):
    """A vector of eight takes as long however many of its lanes are used; threads gain nothing."""
    return 0.008 / min(size, 8) * (1 if threads == 1 else 2)
