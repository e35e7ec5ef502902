"""Here and now, in this process: for tests and for a debugger."""

import time
from collections.abc import Iterator, Sequence

from ._base import Done, Json, Limit, call, failure_of


class Inline:
    """Runs one call after the other in this process."""

    slots = 1

    def run(self, function: str, payloads: Sequence[Json], limit: Limit | None = None) -> Iterator[Done]:
        """Call `module:function` with each payload, in order. What has begun is never ended from outside here."""
        for index, payload in enumerate(payloads):
            if index and limit is not None and time.monotonic() >= limit.until:
                yield Done(index, None, None)
                continue
            try:
                yield Done(index, call(function, payload), None)
            except Exception as error:
                yield Done(index, None, failure_of(error))

    def close(self) -> None:
        """Nothing is held."""
