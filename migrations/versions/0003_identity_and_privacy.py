"""Numbers that are proved, links that end, words that can be searched for, an audit that shows tampering."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNINDEXED = sa.text("indexed_seq < last_seq")
THIRTY_DAYS = 30 * 86_400_000_000
"""In microseconds, as all times are."""


def upgrade() -> None:
    """Make the tables, and give what there is the times and numbers that it needs from now on."""
    _make_tables()
    op.add_column("conversations", sa.Column("indexed_seq", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "ix_conversations_unindexed",
        "conversations",
        ["id"],
        sqlite_where=UNINDEXED,
        postgresql_where=UNINDEXED,
    )
    op.add_column("staff", sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("staff", sa.Column("locked_until", sa.BigInteger(), nullable=True))
    op.add_column("staff", sa.Column("totp", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    _number_once()
    _prove_addresses()
    _end_tokens()
    _number_audit()
    _close_audit()


def _make_tables() -> None:
    op.create_table(
        "proofs",
        sa.Column("id", Key, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("session_id", Key, nullable=True),
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("shown", sa.LargeBinary(length=32), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("proved_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_proofs_session_id_sessions", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_proofs"),
        sa.UniqueConstraint("hash", name="uq_proofs_hash"),
    )
    op.create_index("ix_proofs_session_id", "proofs", ["session_id"])
    op.create_index("ix_proofs_lookup_created_at", "proofs", ["lookup", "created_at"])
    op.create_table(
        "codes",
        sa.Column("id", Key, nullable=False),
        sa.Column("proof_id", Key, nullable=False),
        sa.Column("lookup", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proof_id"], ["proofs.id"], name="fk_codes_proof_id_proofs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
    )
    op.create_index("ix_codes_proof_id", "codes", ["proof_id"])
    op.create_index("ix_codes_lookup_created_at", "codes", ["lookup", "created_at"])
    op.create_index("ix_codes_created_at", "codes", ["created_at"])
    op.create_table(
        "words",
        sa.Column("word", sa.LargeBinary(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", Key, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "at", "conversation_id", "seq", name="pk_words"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_index",
        sa.Column("id", Key, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_word_index"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", Key, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.UniqueConstraint("public_id", name="uq_erasures_public_id"),
    )
    op.create_table(
        "key_shares",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("share", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_key_shares"),
    )
    op.create_table(
        "key_forgettings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_forgettings"),
    )
    op.create_table(
        "doomed_keys",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_doomed_keys"),
    )
    op.create_table(
        "known_settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_known_settings"),
    )


def _number_once() -> None:
    """SQLite gives no row number of these out again: whoever still holds an erased row's must find nothing there."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("sessions", "conversations", "replies"):
            kept = {"sqlite_autoincrement": True}
            with op.batch_alter_table(name, recreate="always", table_kwargs=kept):
                pass


def _prove_addresses() -> None:
    """The last message of a number's session stands for the last sign of its owner."""
    op.add_column("addresses", sa.Column("proved_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE addresses SET proved_at = COALESCE((SELECT MAX(last_message_at) FROM conversations "
        "WHERE conversations.session_id = addresses.session_id), created_at)"
    )
    with op.batch_alter_table("addresses") as addresses:
        addresses.alter_column("proved_at", existing_type=sa.BigInteger(), nullable=False)


def _end_tokens() -> None:
    """Links that were given out without an end get thirty days from their session's last message on."""
    op.add_column("session_tokens", sa.Column("used_at", sa.BigInteger(), nullable=True))
    op.add_column("session_tokens", sa.Column("ends_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE session_tokens SET used_at = COALESCE((SELECT MAX(last_message_at) FROM conversations "
        "WHERE conversations.session_id = session_tokens.session_id), created_at)"
    )
    op.execute(sa.text("UPDATE session_tokens SET ends_at = used_at + :span").bindparams(span=THIRTY_DAYS))
    with op.batch_alter_table("session_tokens") as tokens:
        tokens.alter_column("used_at", existing_type=sa.BigInteger(), nullable=False)
        tokens.alter_column("ends_at", existing_type=sa.BigInteger(), nullable=False)
    op.create_index("ix_session_tokens_ends_at", "session_tokens", ["ends_at"])


def _number_audit() -> None:
    """What is there already is counted, but cannot be sealed afterwards."""
    op.add_column("audit", sa.Column("number", sa.BigInteger(), nullable=True))
    op.add_column("audit", sa.Column("seal", sa.LargeBinary(length=32), nullable=True))
    op.execute("UPDATE audit SET number = (SELECT COUNT(*) FROM audit AS earlier WHERE earlier.id <= audit.id)")
    with op.batch_alter_table("audit") as audit:
        audit.alter_column("number", existing_type=sa.BigInteger(), nullable=False)
        audit.create_unique_constraint("uq_audit_number", ["number"])


def _close_audit() -> None:
    """From here on the database itself refuses to change or remove an entry, or to put another in its place."""
    if op.get_bind().dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'Entries of the audit are only ever added.'); END"
        op.execute(f"CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit {refuse}")
        op.execute(f"CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit {refuse}")
        taken = "SELECT 1 FROM audit WHERE number = NEW.number OR id = NEW.id"
        op.execute(f"CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit WHEN EXISTS ({taken}) {refuse}")
        return
    op.execute(
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'Entries of the audit are only ever added.'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuses()"
    )


def _open_audit() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for what in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER IF EXISTS audit_refuses_{what}")
        return
    op.execute("DROP TRIGGER IF EXISTS audit_refuses ON audit")
    op.execute("DROP FUNCTION IF EXISTS audit_refuses()")


def downgrade() -> None:
    """Forget what was added; people, messages and accounts stay."""
    _open_audit()
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint("uq_audit_number", type_="unique")
        audit.drop_column("seal")
        audit.drop_column("number")
    op.drop_index("ix_session_tokens_ends_at", "session_tokens")
    with op.batch_alter_table("session_tokens") as tokens:
        tokens.drop_column("ends_at")
        tokens.drop_column("used_at")
    with op.batch_alter_table("addresses") as addresses:
        addresses.drop_column("proved_at")
    with op.batch_alter_table("staff") as staff:
        for name in ("totp_step", "totp", "locked_until", "failures"):
            staff.drop_column(name)
    op.drop_index("ix_conversations_unindexed", "conversations")
    with op.batch_alter_table("conversations") as conversations:
        conversations.drop_column("indexed_seq")
    for name in (
        "known_settings",
        "doomed_keys",
        "key_forgettings",
        "key_shares",
        "erasures",
        "word_index",
        "words",
        "codes",
        "proofs",
    ):
        op.drop_table(name)
