"""Looks an installation over: the machine first, then the database and what is in it."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from chatterkeep.domain.erasure import is_loss
from chatterkeep.domain.errors import StoreBusy
from chatterkeep.services.file_checks import examine_files
from chatterkeep.services.findings import Finding, fail, ok, warn
from chatterkeep.services.installation import Installation
from chatterkeep.services.knowledge_check import examine_documents
from chatterkeep.services.machine import DRIFT, examine_machine
from chatterkeep.services.provider import examine_embeddings
from chatterkeep.storage import health
from chatterkeep.storage.audit_chain import Chain, head_at, last_rows
from chatterkeep.storage.audit_note import Note, UnusableNote
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database
from chatterkeep.storage.keyfile import UnusableKeys, read_key_file
from chatterkeep.storage.shares import Shares

_RETURNING: Final = (3, 35)
_WAL_RESET: Final = (3, 51, 3)
_MAINTAINED: Final = (14,)
_FULL: Final = 2
_LINKS: Final = 1000
_FAR: Final = frozenset({"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs"})
_MOUNTS: Final = Path("/proc/mounts")
_VERIFY: Final = (
    "Run: flask audit verify. If somebody tampered with it, keep this database as it is; if this is a backup that was "
    "brought back: flask audit accept"
)


def examine(place: Installation) -> Iterator[Finding]:
    """Yield what each check finds. What one of them needs and lacks is a finding too, never an error."""
    yield from examine_machine(place)
    database = health.open_database(place.database_url)
    try:
        if database.is_sqlite:
            file = Path(database.engine.url.database or ".")
            yield _file_system(file)
            yield _mode(file)
        with database.read() as connection:
            engine, stored = health.read_engine(connection), health.stored_revision(connection)
        yield from _sqlite(engine) if isinstance(engine, health.SqliteFacts) else _postgres(engine)
        yield (migrations := _migrations(stored, place.migrations))
        if not migrations.fix:
            vault = _vault(place.keys_file, database)
            with database.read() as connection:
                content = health.read_content(connection, vault, time.time())
            yield from _content(content, place.keys_file)
            if vault:
                yield _audit(database, vault, place.audit_note)
            yield _search(content.words, on=place.search)
            yield examine_documents(database)
            yield examine_embeddings(place, database)
            yield from examine_files(place, database)
    except StoreBusy as error:
        fix = "Start the database server, or correct CHATTERKEEP_DATABASE_URL and the rights to the data folder."
        yield fail("database", f"It cannot be read: {error.__cause__}".partition("\n")[0], fix)
    finally:
        database.close()


def _file_system(file: Path) -> Finding:
    """SQLite's journal needs memory that processes share, which no network offers."""
    name, kind = "file system", _kind_of_file_system(file.resolve())
    if kind in _FAR:
        return fail(name, f"{file} lies on {kind}, where SQLite loses data.", "Put the data folder on a local disk.")
    return ok(name, f"{file} lies on {kind}.")


def _mode(file: Path) -> Finding:
    name = "database file"
    beside = (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm")))
    if any(path.exists() and path.stat().st_mode & 0o077 for path in beside):
        return warn(name, f"{file} is open to others, or what lies beside it.", f"Run: chmod 600 {file}*")
    return ok(name, f"{file}, for its owner only.")


def _kind_of_file_system(file: Path) -> str:
    if not _MOUNTS.exists():
        return "a disk of unknown kind"
    mounts = [line.split(" ")[1:3] for line in _MOUNTS.read_text().splitlines()]
    holding = [(point, kind) for point, kind in mounts if file.is_relative_to(point.replace("\\040", " "))]
    return max(holding, key=lambda mount: len(mount[0]), default=("", "a disk of unknown kind"))[1]


def _sqlite(facts: health.SqliteFacts) -> Iterator[Finding]:
    yield _sqlite_version(facts.version)
    yield _journal(facts)


def _sqlite_version(version: health.Version) -> Finding:
    name, found = "sqlite", f"SQLite {_dotted(version)}"
    if version < _RETURNING:
        return fail(name, f"{found} is too old.", f"Use a Python with SQLite {_dotted(_RETURNING)} or newer.")
    if version < _WAL_RESET:
        found += (
            " can damage its file when one program writes while another resets the journal. Our writers queue at a lock"
            " file, which keeps clear of it."
        )
        fix = f"Let no other program write to the file; SQLite {_dotted(_WAL_RESET)} has it mended."
        return warn(name, found, fix)
    return ok(name, f"{found}.")


def _journal(facts: health.SqliteFacts) -> Finding:
    found = f"journal_mode {facts.journal_mode}, synchronous {facts.synchronous}."
    if facts.journal_mode != "wal" or facts.synchronous < _FULL:
        return fail("journal", found, "Put the data folder on a local disk that allows SQLite's write-ahead log.")
    return ok("journal", found)


def _postgres(facts: health.PostgresFacts) -> Iterator[Finding]:
    found = f"PostgreSQL {_dotted(facts.version)}, time zone {facts.time_zone} (we store UTC, so it may be any)."
    if facts.version < _MAINTAINED:
        yield warn("postgresql", found, f"Upgrade the server to version {_dotted(_MAINTAINED)} or newer.")
    else:
        yield ok("postgresql", found)
    drift = abs(facts.now.timestamp() - time.time())
    if drift > DRIFT:
        yield warn("server clock", f"The server is {drift:.0f} s away from this machine.", "Keep both right with NTP.")
    else:
        yield ok("server clock", "It agrees with this machine's.")


def _migrations(stored: str | None, folder: Path) -> Finding:
    revisions = health.read_revisions(folder)
    if stored == revisions.head:
        return ok("migrations", f"The tables are at {stored}, the newest revision.")
    found = f"The tables are at {stored or 'no revision'}, this code needs {revisions.head}."
    if stored and stored not in revisions.known:
        return fail("migrations", found, "This code is older than the database: start the newer version.")
    return fail("migrations", found, "Run: flask db upgrade")


def _vault(file: Path, database: Database) -> Vault | None:
    try:
        return Vault(read_key_file(file), Shares(database))
    except UnusableKeys:  # which the look at the key file has told already
        return None


def _content(content: health.Content, keys: Path) -> Iterator[Finding]:
    if content.opens:
        yield ok("encryption", "The keys open what is stored.")
    elif content.opens is False:
        found, fix = "The keys do not open what is stored.", f"Bring back the {keys} that this database began with."
        yield fail("encryption", found, fix)
    if content.shares:
        yield _shares(content.shares)
    yield _message_times(content.newest_message_at)
    if content.has_staff:
        yield ok("staff", "Somebody can sign in.")
    else:
        yield warn("staff", "Nobody can sign in to the staff pages.", "Run: flask admin create ada --role admin")
    if content.damage:
        yield fail("integrity", f"The file is damaged: {content.damage}.", "Stop the server and bring back a backup.")
    elif content.damage is not None:
        yield ok("integrity", "No damage was found.")


def _audit(database: Database, vault: Vault, note: Path) -> Finding:
    """Follow the end of the chain. The first entry of that part is taken on trust, unless it is the first of all."""
    try:
        noted = Note(note, vault).read()
    except UnusableNote as error:
        return fail("audit", str(error), _VERIFY)
    with database.read() as connection:
        rows = last_rows(connection, _LINKS + 1)
        is_there = noted is None or head_at(connection, noted.number) == noted
    trusted, rows = (rows[0], rows[1:]) if len(rows) > _LINKS else (None, rows)
    chain = Chain(vault, trusted)
    faults = [fault for row in rows if (fault := chain.take(row))]
    if faults:
        return fail("audit", f"Entry {faults[0].number} {faults[0].problem}.", _VERIFY)
    if noted and not is_there:
        return fail("audit", f"Entry {noted.number}, which this machine noted, is not there as it was.", _VERIFY)
    if rows and not noted:
        fix = "Run: flask audit accept, after a look at flask audit verify."
        return warn("audit", f"There is no note at {note} of where it ends.", fix)
    return ok("audit", f"The last {len(rows)} entries are as they were written, and none is cut off.")


def _search(words: health.WordFacts, *, on: bool) -> Finding:
    name, waiting = "search", f"{words.waiting}{' or more' if words.waiting >= 1000 else ''}"
    if not on:
        found = "The search is off (CHATTERKEEP_SEARCH)"
        left = words.any and warn(name, f"{found}, but there are words in its index.", "Run: flask search drop")
        return left or ok(name, f"{found}, and its index is empty.")
    if not words.current:
        found = "The index of words was made by other rules, or was left half empty: words may not be found."
        return warn(name, found, "Run: flask search rebuild")
    if words.waiting:
        return ok(
            name, f"{waiting} conversations are not wholly in the index of words yet; a running server adds them."
        )
    return ok(name, "All messages are in the index of words.")


def _shares(facts: health.ShareFacts) -> Finding:
    name = "shares"
    if is_loss(facts.missing, facts.split):
        found = f"{facts.missing:,} of {facts.split:,} sessions have no share, so they cannot be read."
        return fail(name, found, "Bring back the newest copy of shares.sqlite3, or of the table key_shares.")
    if facts.missing:
        found = f"{facts.missing:,} of {facts.split:,} sessions have no share: they were erased, and a backup has them."
        return warn(name, found, "Erase them once more: flask sessions erase --forgotten")
    if facts.whole:
        found = f"{facts.whole:,} sessions have a data key that is not split: erasing does not reach older backups."
        return warn(name, found, "Run: flask keys rotate data")
    if facts.orphans:
        return warn(name, f"{facts.orphans:,} shares belong to no session.", "Run: flask keys clean")
    return ok(name, "Every session has its share.")


def _message_times(newest: datetime | None) -> Finding:
    if newest is None:
        return ok("message times", "There are no messages yet.")
    found = f"The newest message is from {newest:%Y-%m-%d %H:%M} UTC"
    if newest.timestamp() - time.time() > DRIFT:
        fix = "Set the clock: it was ahead when that was stored, or is behind now."
        return warn("message times", f"{found}, which is yet to come.", fix)
    return ok("message times", f"{found}.")


def _dotted(version: health.Version) -> str:
    return ".".join(map(str, version))
