"""How a reader follows a reply: by what is new since what it has, and told when the text begins anew."""

from collections.abc import Iterator
from dataclasses import dataclass

from chatterkeep.domain.replies import Reply, ReplyState


@dataclass(frozen=True, slots=True)
class Grown:
    """A reply has more text: `text`, from the character `offset` on."""

    reply: Reply
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Anew:
    """A reply begins anew: what was read of it is void."""

    reply: Reply


class Growth:
    """What one reader has of the reply that is being written: so many characters, under a fence."""

    def __init__(self, fence: int = 0, chars: int = 0) -> None:
        self.fence = fence
        self.chars = chars
        self._reply_id: str | None = None

    def take(self, reply: Reply) -> Iterator[Grown | Anew]:
        """Yield what is new in a reply as it stands now."""
        if self._reply_id not in (None, reply.reply_id):
            self.fence = self.chars = 0
        self._reply_id = reply.reply_id
        # Whoever stops a reply raises its fence, and keeps what was written.
        fence = reply.fence - (reply.state is ReplyState.STOPPED)
        if self.chars and (fence != self.fence or len(reply.text) < self.chars):
            if fence < self.fence or (fence == self.fence and not reply.state.ended):
                return  # older than what this reader has
            self.chars = 0
            self.fence = fence
            yield Anew(reply)
        self.fence = fence
        if reply.state is not ReplyState.FAILED and len(reply.text) > self.chars:
            offset, self.chars = self.chars, len(reply.text)
            yield Grown(reply, offset, reply.text[offset:])

    def reset(self) -> None:
        """Forget the reply, which has ended."""
        self.fence = self.chars = 0
        self._reply_id = None
