"""Jobs as Ray tasks, on one machine or many: `RayCluster`.

A job whose node dies, freezes or falls silent is begun once more elsewhere, from its last checkpoint, under the number
of another attempt; what the old one says later is not heard. Only this process writes where records are kept.
"""

import hashlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..spec import Ended, Job, JobEvent, Paused
from ._executor import Limit, check_names
from ._failure import failure_of, overtime_of
from ._pickling import check_sendable, pack_away, unpack
from ._ray_channel import Channel, Message, Token
from ._ray_cluster import lost_cluster
from ._ray_crew import NodeCrew
from ._ray_files import pack_files, unpack_files
from ._ray_flight import Flight, lost_for_good
from ._ray_worker import Brought, Done, Order, perform_order
from ._worker import own_environment

LOOK = 0.5  # seconds after which nodes and clocks are looked at, whatever is said
SILENT = 60.0  # seconds without a sign of life after which a job is begun elsewhere
STARTING = 120.0  # seconds that a worker is given to begin, beyond those of its job
ANSWER = 30.0  # seconds in which the driver's own node answers
GOES_ON = "the job goes on without"


class RayCluster:
    """An executor on a Ray cluster, reached or started when it is first needed.

    address: "auto", "HOST:PORT" or "ray://HOST:PORT"; None: RAY_ADDRESS, else a cluster of this machine's cores that
    ends with `close`. slots: the most jobs at once; None: as many as the cluster has cores, or cards for the jobs of
    those. device: "cpu" or "cuda", of the jobs to come. checkpoints: a folder that all nodes share, or any address of
    fsspec's; None: they are sent to this machine. describe: the function, `module:function`, that says what a pace
    depends on, where it runs. say: is told what is worth a sentence. silent: seconds as of `SILENT`.

    Whatever needs the cluster raises ClusterError where it cannot be reached or used.
    """

    def __init__(
        self,
        address: str | None = None,
        slots: int | None = None,
        device: str = "cpu",
        checkpoints: str | None = None,
        describe: str = "",
        say: Callable[[str], None] = lambda _: None,
        silent: float = SILENT,
    ) -> None:
        self._crew = NodeCrew(address, slots, device, checkpoints, describe, say)
        self._silent = silent
        self._channel: Any = None
        self._taking: Any = None
        self._runs = 0
        self._flights: dict[Token, Flight] = {}
        self._held: dict[tuple[str, str], Any] = {}  # files of this machine, as objects of the cluster
        self._functions: dict[bool, Any] = {}

    @property
    def slots(self) -> int:
        """How many jobs run at once."""
        return self._crew.slots

    @property
    def threads(self) -> int:
        """The most cores that one job may have."""
        return self._crew.threads

    @property
    def kind(self) -> str:
        """What a pace depends on: the kinds of nodes, in words."""
        return self._crew.kind

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """Yield the events of the jobs as they happen, up to `slots` of them at once.

        One run at a time: the next one drops what is left of the one before. Raises RunError as in `Executor`, and
        ClusterError where no node can hold a job.
        """
        jobs = list(jobs)
        check_names(jobs)
        check_sendable(jobs)
        self._drop_flights()
        self._runs += 1
        number = self._runs
        if not jobs:
            return
        self._crew.check_demand(jobs)
        failures = self._ray.exceptions.RayError
        waiting = deque(Flight(job, Token(number, job.name, 1)) for job in jobs)
        try:
            self._open_channel()
            for event in self._stream_events(waiting, limit):
                yield event
                if number != self._runs:
                    raise RunError(
                        "this run was dropped when another one of its executor began, or it was closed; let each run "
                        "end before that, or take an executor for each"
                    )
        except failures as error:
            raise lost_cluster(error) from error
        finally:
            if number == self._runs:
                self._drop_flights()

    def close(self) -> None:
        """Give the cluster back: what is under way is ended; a cluster that was started here ends."""
        self._runs += 1
        self._drop_flights()
        if self._channel is not None:
            with suppress(Exception):
                self._ray.kill(self._channel)
        self._channel = self._taking = None
        self._held.clear()
        self._functions.clear()
        self._crew.close()

    @property
    def _ray(self) -> Any:
        return self._crew.cluster.ray

    def _open_channel(self) -> None:
        if self._channel is not None:
            return
        options = self._crew.cluster.at_node(self._crew.cluster.driver_node())
        actor = self._ray.remote(num_cpus=0, max_restarts=-1, max_concurrency=1000)(Channel)
        self._channel = actor.options(**options).remote()
        self._ray.get(self._channel.nudge.remote(), timeout=STARTING)
        self._taking = self._channel.take.remote()

    def _stream_events(self, waiting: deque[Flight], limit: Limit | None) -> Iterator[JobEvent]:
        kept_waiting = len(waiting) - self.slots  # when the first in each slot have been handed out
        while waiting or self._flights:
            if limit is not None and len(waiting) <= kept_waiting and time.monotonic() >= limit.until:
                yield from _pause_all(waiting)
            while waiting and len(self._flights) < self._crew.room:
                self._send_off(waiting.popleft())
            yield from self._wait_for_news(waiting)
            yield from self._look_at_clocks(waiting, limit)

    def _wait_for_news(self, waiting: deque[Flight]) -> Iterator[JobEvent]:
        """What was said, and what has ended, as soon as there is something."""
        refs = {flight.ref: flight for flight in self._flights.values()}
        ready, _ = self._ray.wait([self._taking, *refs], num_returns=1, timeout=LOOK)
        if not ready:
            return
        yield from self._take_messages(nudge=ready[0] is not self._taking)
        yield from self._take_ends(waiting)

    def _take_messages(self, nudge: bool = False) -> Iterator[JobEvent]:
        """The events of what waits in the channel. nudge: of all, without waiting for some."""
        try:
            if nudge:
                self._ray.get(self._channel.nudge.remote(), timeout=ANSWER)
            messages: list[Message] = self._ray.get(self._taking, timeout=ANSWER)
            if nudge:  # what was taken may be from before
                messages += self._ray.get(self._channel.drain.remote(), timeout=ANSWER)
        except self._ray.exceptions.RayError:  # the actor starts over; losing events loses nothing
            messages = []
            time.sleep(LOOK)
        self._taking = self._channel.take.remote()
        for message in messages:
            flight = self._flights.get(message.token)
            if flight is not None:  # else it is late: of an attempt that was given up
                yield from self._take_message(flight, message)

    def _take_message(self, flight: Flight, message: Message) -> Iterator[JobEvent]:
        flight.hear()
        if message.kind == "taken":
            flight.take_up(*message.content)
        elif message.kind == "files":
            self._keep_files(flight.job, message.content)
        elif message.kind == "printed":
            sys.stderr.write(message.content)
        elif message.kind == "event":
            try:
                event = unpack(message.content)
            except Exception as error:  # of a class that is not to be found here
                self._abandon(flight)
                event = failure_of(error, flight.job.name, flight.token.attempt)
            yield event

    def _take_ends(self, waiting: deque[Flight]) -> Iterator[JobEvent]:
        """The ends of jobs that are over; those whose workers died wait again."""
        refs = {flight.ref: flight for flight in self._flights.values()}
        ready, _ = self._ray.wait(list(refs), num_returns=len(refs), timeout=0) if refs else ([], [])
        if not ready:
            return
        yield from self._take_messages(nudge=True)  # what they said before their end
        for ref in ready:
            flight = refs[ref]
            if flight.token in self._flights:
                yield from self._take_end(flight, waiting)

    def _take_end(self, flight: Flight, waiting: deque[Flight]) -> Iterator[JobEvent]:
        del self._flights[flight.token]
        self._channel.forget.remote(flight.token)
        errors = self._ray.exceptions
        try:
            done: Done = self._ray.get(flight.ref)
        except errors.RayTaskError as error:  # not the job's fault: that is an event
            yield failure_of(error.cause or error, flight.job.name, flight.token.attempt)
        except errors.RayError as error:
            lost = not flight.taken or self._crew.is_lost(flight.node)
            yield from self._begin_again(flight, waiting, flight.end_words(error), lost)
        else:
            yield self._end_of(flight, done)

    def _end_of(self, flight: Flight, done: Done) -> JobEvent:
        """The end of a job, after its files are where they belong."""
        try:
            end = unpack(done.end)
        except Exception as error:
            return failure_of(error, flight.job.name, flight.token.attempt)
        at_rung = isinstance(end, Ended) and bool(end.standings)
        so = "from there trials go on in other jobs, so that they wait until it can be" if at_rung else GOES_ON
        kept = done.files is None or self._keep_files(flight.job, done.files, so)
        wanted = not isinstance(end, Ended) or at_rung
        self._crew.bring_home(flight.job, wanted=wanted, whole=done.files is not None)
        return end if kept or not at_rung else Paused(job=end.job, attempt=end.attempt, at_rung=True)

    def _keep_files(self, job: Job, packed: bytes, so: str = GOES_ON) -> bool:
        """Put the files of a job in their usual place on this machine; False where it cannot be, with a warning."""
        place = job.kept_in()
        if place is None:
            return True
        try:
            unpack_files(packed, Path(place))
        except (OSError, RunError) as error:
            self._crew.warn(f"a checkpoint that came from a node cannot be kept ({error}); {so}")
            return False
        return True

    def _send_off(self, flight: Flight) -> None:
        """Hand a job to the cluster."""
        job, needs = flight.job, flight.job.resources
        place = job.kept_in()
        state = self._crew.newest_files(job) if place is not None else None
        order = Order(
            token=flight.token,
            job=pack_away(job),
            environment=own_environment(),
            left=self._seconds_until(job),
            brought=tuple(map(self._hold_file, job.read_from())),
            state=None if state is None else self._ray.put(state),
            checkpoints=self._crew.checkpoints,
        )
        options: dict[str, Any] = {"num_cpus": needs.cores, "num_gpus": 0 if needs.device == "cpu" else 1}
        options |= {"memory": needs.memory} if needs.memory else {}
        function = self._function(once=needs.device != "cpu")
        flight.begin(function.options(**options, **self._crew.where()).remote(order, self._channel))
        self._flights[flight.token] = flight

    def _function(self, once: bool) -> Any:
        """The task. once: in a process of its own, which gives a card back; others are used again: one costs time."""
        if once not in self._functions:
            self._functions[once] = self._ray.remote(max_retries=0, max_calls=int(once))(perform_order)
        return self._functions[once]

    def _seconds_until(self, job: Job) -> float | None:
        until: float | None = getattr(job, "until", None)
        return None if until is None else until - time.monotonic()

    def _hold_file(self, place: str) -> Brought:
        """A file of this machine as an object of the cluster; put there once, as long as it is the same."""
        packed = pack_files(Path(place))
        digest = hashlib.sha256(packed or b"").hexdigest()[:32]
        if (place, digest) not in self._held:
            self._held[place, digest] = self._ray.put(packed)
        return Brought(place, digest, self._held[place, digest])

    def _look_at_clocks(self, waiting: deque[Flight], limit: Limit | None) -> Iterator[JobEvent]:
        """End what took too long, begin again what is lost."""
        gone = self._crew.look_at_nodes()
        now = time.monotonic()
        if not any(self._is_due(flight, now, limit) for flight in self._flights.values()) and not gone:
            return
        yield from self._take_messages(nudge=True)
        yield from self._take_ends(waiting)
        for flight in list(self._flights.values()):
            if flight.overtime is not None and now >= flight.overtime:
                self._abandon(flight)
                yield overtime_of(flight.job, flight.token.attempt)
            elif limit is not None and flight.seconds_left(limit, STARTING) <= 0:
                self._abandon(flight)
                yield Paused(job=flight.job.name, attempt=flight.token.attempt)
            elif flight.node in gone or flight.is_silent(self._silent):
                yield from self._give_up_node(flight, waiting)

    def _is_due(self, flight: Flight, now: float, limit: Limit | None) -> bool:
        late = flight.overtime is not None and now >= flight.overtime
        return late or flight.is_silent(self._silent) or bool(limit and flight.seconds_left(limit, STARTING) <= 0)

    def _give_up_node(self, flight: Flight, waiting: deque[Flight]) -> Iterator[JobEvent]:
        """Begin a job elsewhere; those that had not begun too, for they may wait for that node."""
        silent = flight.is_silent(self._silent)
        words = f"its node said nothing for {self._silent:g} s" if silent else "its node died"
        self._crew.avoid(flight.node, words)
        self._abandon(flight)
        yield from self._begin_again(flight, waiting, words, lost=True)
        for other in [other for other in self._flights.values() if not other.taken]:
            self._abandon(other)
            waiting.appendleft(other.again())

    def _begin_again(self, flight: Flight, waiting: deque[Flight], words: str, lost: bool) -> Iterator[JobEvent]:
        """Have a job wait once more, ahead of all; its failure where that was tried often enough."""
        flight.count_end(lost)
        failure = lost_for_good(flight, words)
        if failure is not None:
            yield failure
        else:
            waiting.appendleft(flight.again())

    def _abandon(self, flight: Flight) -> None:
        """Hear no more of an attempt, and have it ended, without waiting: of a frozen node nothing answers."""
        self._flights.pop(flight.token, None)
        flight.fenced = True
        ref, ray, channel = flight.ref, self._ray, self._channel

        def cancel() -> None:
            with suppress(Exception):
                channel.fence.remote(flight.token)
                ray.cancel(ref, force=True)

        threading.Thread(target=cancel, daemon=True).start()

    def _drop_flights(self) -> None:
        for flight in list(self._flights.values()):
            self._abandon(flight)


def _pause_all(waiting: deque[Flight]) -> Iterator[JobEvent]:
    while waiting:
        flight = waiting.popleft()
        yield Paused(job=flight.job.name, attempt=flight.token.attempt)
