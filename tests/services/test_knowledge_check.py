"""What the doctor says of documents."""

from sqlalchemy import Engine, update

from chatterkeep.services.findings import Verdict
from chatterkeep.services.knowledge_check import examine_documents
from chatterkeep.services.wiring import Services
from chatterkeep.storage.db import Database
from chatterkeep.storage.models_knowledge import KnowledgeRecord
from tests import databases
from tests.documents import add_document
from tests.make import NOW

pytestmark = databases.both


def test_it_tells_how_many_there_are(services: Services, database: Database) -> None:
    assert examine_documents(database).found.startswith("There are none.")
    add_document(services)
    finding = examine_documents(database)
    assert finding.verdict is Verdict.OK
    assert finding.found == f"1 document in 2 passages, the newest of {NOW:%Y-%m-%d %H:%M} UTC."


def test_an_index_of_older_rules_is_to_be_made_anew(services: Services, database: Database, engine: Engine) -> None:
    add_document(services)
    with engine.begin() as connection:
        connection.execute(update(KnowledgeRecord).values(version="old"))
    finding = examine_documents(database)
    assert (finding.verdict, finding.fix) == (Verdict.WARN, "Run: flask knowledge rebuild")
