"""Here and now, in this process: for tests and for a debugger."""

from collections.abc import Iterator, Sequence

from ._base import Done, Json, call, failure_of


class Inline:
    """Runs one call after the other in this process."""

    slots = 1

    def run(self, function: str, payloads: Sequence[Json]) -> Iterator[Done]:
        """Call `module:function` with each payload, in order."""
        for index, payload in enumerate(payloads):
            try:
                yield Done(index, call(function, payload), None)
            except Exception as error:
                yield Done(index, None, failure_of(error))

    def close(self) -> None:
        """Nothing is held."""
