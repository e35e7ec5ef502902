"""Writing the values of an update into the groups, and seeing what other schedulers made of the rates."""

from collections.abc import Iterator, Sequence

from torch import Tensor
from torch.optim import Optimizer

from ..errors import ScheduleError
from ..schedules import After
from ._curves import WITHOUT_VALUE
from ._function_schedule import ENDLESS
from ._groups import ParamGroup, as_float, holds_value, put_value
from ._known_groups import KnownGroups
from ._tracks import Track, Tracks


class RateWriter:
    """Writes what a plan's tracks say into the groups of an optimizer.

    groups: those that are followed. written: the rates last written, by group: the very objects that lie in the groups.
    factors: by what others have multiplied each group's rate, None: by nothing; torch's schedulers multiply the rates
    they find.
    """

    def __init__(self, optimizer: Optimizer, factors: list[float] | None) -> None:
        self.optimizer = optimizer
        self.factors = factors
        self.written: list[float] = []
        self.groups = KnownGroups(optimizer)
        self._tensors: dict[int, tuple[Tensor, int]] = {}  # a group's rate as it was written, and torch's count of that
        self._plain = False  # whether every rate is a float, as it was written, and nobody has multiplied one
        self._cells: list[tuple[int, float, list[float]]] = []  # group, peak, and block of its curve, of every rate
        self._more: list[Track] = []  # of the fields beside the rate
        self._start = self._stop = 0  # the updates evaluated: none yet
        self._owed: tuple[int, Exception] | None = None  # an update without a rate, raised if it is made

    def move(self, places: Sequence[int | None]) -> None:
        """Keep what is known of each group at the place it has now. places: where each was; None: it is new."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if self.written:
            pairs = zip(places, rates, strict=True)
            self.written[:] = [as_float(rate) if was is None else self.written[was] for was, rate in pairs]
        if self.factors is not None:
            self.factors = [1.0 if was is None else self.factors[was] for was in places]
        self._tensors = {at: self._tensors[was] for at, was in enumerate(places) if was in self._tensors}

    def follow(self, tracks: Tracks, extent: int, after: After) -> None:
        """Follow tracks over so many updates. after: what those beyond get, as in `Scheduler`."""
        self.tracks, self._extent = tracks, extent
        self._strict, self._ends = after == "error", after != "repeat"
        self.groups.learn()
        if self.factors is not None:  # those of a loaded state may be fewer
            self.factors = [*self.factors, *[1.0] * (len(tracks.peaks) - len(self.factors))]
        self._plain = False
        self.forget_curve()

    def forget_groups(self) -> None:
        """Take nothing for granted of what the groups hold: another was in charge."""
        self._plain = False

    def forget_curve(self) -> None:
        """Evaluate the tracks again: a rule has seen more."""
        self._start = self._stop = 0

    def write(self, t: int, since: int | None = None) -> None:
        """Write the values of update t. since: the update they were written for last, where the run goes on from there.

        A rate that another set since the schedule ended at 0 stays.
        """
        left = set() if since is None else self.left_rates(min(since, t))
        if not self._start <= t < self._stop:
            self._load_block(t)
        written, factors, tracks = self.written, self.factors, self.tracks
        if not written:
            written[:] = [0.0] * len(tracks.peaks)
        index = t - self._start
        for track in tracks.rates:
            fraction = track.block[index]
            for place, peak in track.members:
                value = peak * fraction if factors is None else peak * fraction * factors[place]
                written[place] = value
                if value or place not in left:
                    self._put_rate(place, value)
        self._plain = not self._tensors and factors is None
        self._write_more(index)

    def advance(self, t: int) -> bool:
        """As `write`, where nobody has touched the rates, which are floats, nor their factors; else False: write then.

        The way of nearly every update, so it is short; groups before one that was touched may be written.
        """
        groups, written, start = self.optimizer.param_groups, self.written, self._start
        if not (self._plain and start <= t < self._stop and len(groups) == len(written)):
            return False
        index = t - start
        for place, peak, block in self._cells:
            group = groups[place]
            if group["lr"] is not written[place]:
                return False
            group["lr"] = written[place] = peak * block[index]
        if self._more:
            self._write_more(index)
        return True

    def _write_more(self, index: int) -> None:
        """Write the fields beside the rate, at a place of the block."""
        groups = self.optimizer.param_groups
        for track in self._more:
            fraction, key = track.block[index], track.key
            for place, peak in track.members:
                put_value(groups[place], key, peak * fraction)

    def restore(self, rates: list[float], others: bool, waits: bool) -> None:
        """Write these rates, of the first groups, as they stood. others: as another wrote them; so is one beside our 0.

        waits: another is in charge, and the rates are not ours to compare.
        """
        groups = self.optimizer.param_groups
        self._plain = False
        if waits:
            self.written[:] = [as_float(group["lr"]) for group in groups]
        for place, (group, rate) in enumerate(zip(groups, rates, strict=False)):
            if others or (rate and not (waits or self.written[place])):
                put_value(group, "lr", rate)
            else:
                self.written[place] = rate
                self._put_rate(place, rate)

    def rates_at(self, t: int) -> list[float | Tensor]:
        """Each group's rate at update t, of the type the group's has."""
        factors = self.factors or [1.0] * len(self.tracks.peaks)
        pairs = zip(self.optimizer.param_groups, self._own_rates(t), factors, strict=True)
        return [
            group["lr"].new_tensor(own * factor) if isinstance(group["lr"], Tensor) else own * factor
            for group, own, factor in pairs
        ]

    def was_changed(self) -> bool:
        """Whether another has changed the rates since they were written."""
        for _, group, value in self._known_rates():
            if group["lr"] is not value and not self._is_unchanged(group["lr"], value):
                return True
        return False

    def was_touched(self) -> bool:
        """Whether another has written the rates since, even the same values."""
        for place, group, value in self._known_rates():
            rate = group["lr"]
            tensor, version = self._tensors.get(place, (None, -1))
            if rate is tensor and version < 0:
                if not holds_value(group["lr"], value):
                    return True
            elif rate is not value and not (rate is tensor and version == _tensor_version(rate)):
                return True
        return False

    def _known_rates(self) -> Iterator[tuple[int, ParamGroup, float]]:
        """Place, group, and the rate last written into it, of the groups that are followed."""
        if self.written:
            places = range(len(self.written)) if self.groups.are_all() else self.groups.places()
            for group, place in zip(self.optimizer.param_groups, places, strict=True):
                if place is not None:
                    yield place, group, self.written[place]

    def mark_of_rate(self) -> object:
        """What tells the first group's rate from another one: its value, or of a tensor how often it was written."""
        rate = self.optimizer.param_groups[0]["lr"]
        return (id(rate), _tensor_version(rate)) if isinstance(rate, Tensor) else rate

    def find_rates_again(self) -> None:
        """Know the rates by the objects that now lie in the groups, after a copy."""
        for place, group, value in self._known_rates():
            rate = group["lr"]
            if holds_value(rate, value):
                if isinstance(rate, Tensor):
                    self._tensors[place] = (rate, _tensor_version(rate))
                else:
                    self.written[place] = rate

    def was_moved(self) -> bool:
        """Whether another has changed the rates since they were written, or its groups."""
        groups, written = self.optimizer.param_groups, self.written
        if len(groups) != len(written):
            return True
        for group, value in zip(groups, written, strict=False):
            if group["lr"] is not value:
                self._plain = False
                return not self.groups.are_all() or self.was_changed()
        return False

    def measure_factors(self, t: int) -> list[float] | None:
        """By what others have multiplied each group's rate since update t was written, and before."""
        factors = list(self.factors or [1.0] * len(self.tracks.peaks))
        for place, rate, own in self._changed_rates(t):
            if own:
                factors[place] = as_float(rate) / own
        return None if all(factor == 1 for factor in factors) else factors

    def lost_rate(self, t: int) -> bool:
        """Whether another has changed a rate of 0 on the way, so that no factor says by what."""
        return not self._has_ended(t) and any(not own for _, _, own in self._changed_rates(t))

    def left_rates(self, t: int) -> set[int]:
        """The groups whose schedule has ended at 0 by update t, and whose rate another has set since."""
        return {place for place, _, own in self._changed_rates(t) if not own} if self._has_ended(t) else set()

    def has_stopped(self, t: int) -> bool:
        """Whether the schedule of a group that has a peak is at 0, and nobody has set its rate since it ended."""
        own, left = self._own_rates(t), self.left_rates(t)
        return any(peak and not own[place] and place not in left for place, peak in enumerate(self.tracks.peaks))

    def _has_ended(self, t: int) -> bool:
        return self._ends and t >= self._extent

    def is_written_rate(self, rate: object) -> bool:
        """Whether the first group's rate is the very object that was written, not an equal one."""
        if not self.written or rate is self.written[0]:
            return True
        return 0 in self._tensors and rate is self._tensors[0][0]

    def _changed_rates(self, t: int) -> Iterator[tuple[int, float | Tensor, float]]:
        """Group, rate, and the rate of the schedule alone, where another has changed it."""
        pairs = zip(self.optimizer.param_groups, self.written, self._own_rates(t), strict=False)
        for place, (group, value, own) in enumerate(pairs):
            if not self._is_unchanged(group["lr"], value):
                yield place, group["lr"], own

    def _own_rates(self, t: int) -> list[float]:
        """Each group's rate at update t, without what others make of it."""
        if not self._start <= t < self._stop:
            self._load_block(t)
        own = [0.0] * len(self.tracks.peaks)
        for track in self.tracks.rates:
            for place, peak in track.members:
                own[place] = peak * track.block[t - self._start]
        return own

    def _load_block(self, t: int) -> None:
        """Evaluate the block of updates that holds t. Blocks lie on a fixed grid, so a resumed run has the same."""
        if self._strict and t > self._extent:
            raise ScheduleError(
                f"update {t - 1} was made beyond the horizon of {self._extent} updates; lengthen it, or write "
                f'after="hold"'
            )
        length = self.tracks.length
        start = t - t % length
        tracks: list[Track] = [*self.tracks.rates, *self.tracks.others]
        if self._owed is not None and t > self._owed[0]:
            raise self._owed[1]
        self._owed = None
        for track in tracks:
            self._load_track(track, start, length)
        self._cells = [(place, peak, track.block) for track in self.tracks.rates for place, peak in track.members]
        self._more = self.tracks.others
        self._start = start
        self._stop = min(start + length, self._extent + 1) if self._strict else start + length

    def _load_track(self, track: Track, start: int, length: int) -> None:
        """Evaluate a track's block. Without a horizon any update may be the last: its error waits till one is made."""
        try:
            track.load(start, length, self._extent - 1)
        except WITHOUT_VALUE as error:
            if self._extent < ENDLESS or start == 0:
                raise
            self._owed = (start, error.with_traceback(None))
            track.load(start, length, start - 1)

    def _put_rate(self, place: int, value: float) -> None:
        """Write a rate that is a tensor, or was no float yet."""
        group = self.optimizer.param_groups[place]
        put_value(group, "lr", value)
        if isinstance(group["lr"], Tensor):
            self._tensors[place] = (group["lr"], _tensor_version(group["lr"]))

    def _is_unchanged(self, rate: float | Tensor, value: float) -> bool:
        """Whether a rate is what was written. A tensor is only read, which waits for its device, if it was touched."""
        if rate is value:
            return True
        if isinstance(rate, Tensor):
            for tensor, version in self._tensors.values():
                if rate is tensor and version == _tensor_version(rate) >= 0:
                    return True
        return holds_value(rate, value)


def _tensor_version(rate: Tensor) -> int:
    """How often a tensor was written in place; -1 where torch does not count."""
    return -1 if rate.is_inference() else rate._version
