"""The documents that answers rest on, `/api/v1/knowledge`, and the passages that they cite, `/api/v1/passages`."""

from typing import Final

from chatterkeep.domain.documents import Result
from chatterkeep.web.docs.operation import Example, Family, Operation
from chatterkeep.web.knowledge.payload import DocumentFields, ListingFields
from chatterkeep.web.knowledge.presenters import AddedWire, DocumentsWire, DocumentWire, PassageWire, RemovedWire

_GROUP: Final = "Documents"
_ID: Final = "5f0c6f0e-3f1b-4a52-9d7e-0a2a6f8f3f61"
_SENT: Final = {
    "title": "Opening hours",
    "text": "We are open from 9 to 18, and closed on Sundays.",
    "origin": "hours.md",
}
_DOCUMENT: Final[DocumentWire] = {
    "id": _ID,
    "title": "Opening hours",
    "origin": "hours.md",
    "language": "en",
    "characters": 48,
    "passages": 1,
    "added_by": "key:admin",
    "created_at": "2026-03-14T15:09:26.535+00:00",
}
_ADDED: Final[AddedWire] = {**_DOCUMENT, "result": Result.ADDED}
_PAGE: Final[DocumentsWire] = {"documents": [_DOCUMENT], "next_cursor": None}
_PASSAGE: Final[PassageWire] = {
    "id": "c1f3a1de-2f0b-4c86-8a53-93d1c0c9b1a7",
    "document_id": _ID,
    "title": "Opening hours",
    "number": 1,
    "heading": "",
    "text": "We are open from 9 to 18, and closed on Sundays.",
    "format": "markdown",
}
_REMOVED: Final[RemovedWire] = {"id": _ID, "removed": True}

_OPERATIONS: Final = (
    Operation(
        endpoint="knowledge.add_document",
        name="Add a document",
        group=_GROUP,
        answers={201: ("Added",), 200: ("Added",)},
        fields=("DocumentFields",),
        limited=True,
        more="The answer is 200 where the same document was there already. A body may have up to 8 MB.",
        examples=(Example(status=201, body=_SENT, answer=_ADDED),),
    ),
    Operation(
        endpoint="knowledge.list_documents",
        name="List the documents",
        group=_GROUP,
        answers={200: ("Documents",)},
        query=ListingFields,
        missing=("DOCUMENT_NOT_FOUND",),
        more="A cursor ends when the document it stands at is removed: begin anew then.",
        examples=(Example(query="limit=50", answer=_PAGE),),
    ),
    Operation(
        endpoint="knowledge.show_document",
        name="Read a document's facts",
        group=_GROUP,
        answers={200: ("Document",)},
        examples=(Example(answer=_DOCUMENT),),
    ),
    Operation(
        endpoint="knowledge.show_passage",
        name="Read a cited passage",
        group=_GROUP,
        answers={200: ("Passage",)},
        examples=(Example(answer=_PASSAGE),),
    ),
    Operation(
        endpoint="knowledge.remove_document",
        name="Remove a document",
        group=_GROUP,
        answers={200: ("Removed",)},
        limited=True,
        examples=(Example(answer=_REMOVED),),
    ),
)

KNOWLEDGE: Final = Family(
    operations=_OPERATIONS,
    sent=(DocumentFields,),
    answered=(AddedWire, DocumentsWire, DocumentWire, PassageWire, RemovedWire),
)
