"""The way back: what workers on all nodes say waits here for the driver, on the driver's own node."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Token(NamedTuple):
    """Whose words they are: the run of the executor, the job, the attempt."""

    run: int
    job: str
    attempt: int


class Message(NamedTuple):
    """kind: "taken", "event", "files", "printed" or "beat". content: what it is about, of the kind's own type."""

    token: Token
    kind: str
    content: Any


class Channel:
    """An actor. Nothing here blocks; what is pushed twice, as it was not answered in time, is taken once."""

    def __init__(self) -> None:
        import asyncio  # it takes a while, and no other process needs it

        self._messages: list[Message] = []
        self._news = asyncio.Event()
        self._fenced: set[Token] = set()
        self._last: dict[Token, int] = {}  # the number of the last batch of each

    async def push(self, token: Token, number: int, messages: Sequence[tuple[str, Any]]) -> bool:
        """Take a batch. number: counted from 1, of the token. False where nobody wants to hear of that attempt."""
        if token in self._fenced:
            return False
        if number > self._last.get(token, 0):
            self._last[token] = number
            self._messages += [Message(Token(*token), kind, content) for kind, content in messages]
            self._news.set()
        return True

    async def take(self) -> list[Message]:
        """All that is there, as soon as there is something, or somebody nudges."""
        await self._news.wait()
        return await self.drain()

    async def drain(self) -> list[Message]:
        """All that is there now."""
        self._news.clear()
        messages, self._messages = self._messages, []
        return messages

    async def nudge(self) -> None:
        """Have whoever waits go on."""
        self._news.set()

    async def fence(self, token: Token) -> None:
        """Hear no more of an attempt; its worker is told so with its next word."""
        self._fenced.add(token)
        self._last.pop(token, None)

    async def forget(self, token: Token) -> None:
        """An attempt is over."""
        self._last.pop(token, None)
