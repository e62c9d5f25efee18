"""The dialogues as messages are taken through them where no model is connected: documents answer, if there are any."""

from collections.abc import Iterator, Mapping

from chatterkeep.domain.flow import Flow
from chatterkeep.services.passages import Passages


class Answerable(Mapping[str, Flow]):
    """Flows by name, as of now: a document that is added while this runs changes who answers from then on."""

    def __init__(self, flows: Mapping[str, Flow], passages: Passages) -> None:
        self._passages = passages
        self._alone = {name: flow.without_answerer() for name, flow in flows.items()}
        self._quoting = flows

    def __getitem__(self, name: str) -> Flow:
        return (self._quoting if self._passages.are_there() else self._alone)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._alone)

    def __len__(self) -> int:
        return len(self._alone)
