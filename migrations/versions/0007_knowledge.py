"""Documents, their passages, and the full-text index of those: FTS5 on SQLite, a tsvector with GIN on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The terms are folded already, and every character beyond ASCII is one of a term.
INDEX_ON_SQLITE = """
    CREATE VIRTUAL TABLE passage_index
    USING fts5(terms, content='passages', content_rowid='id', tokenize="ascii tokenchars '_'")
"""
ADDED_ON_SQLITE = """
    CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
        INSERT INTO passage_index(rowid, terms) VALUES (new.id, new.terms);
    END
"""
REMOVED_ON_SQLITE = """
    CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
        INSERT INTO passage_index(passage_index, rowid, terms) VALUES ('delete', old.id, old.terms);
    END
"""
CHANGED_ON_SQLITE = """
    CREATE TRIGGER passages_changed AFTER UPDATE OF terms ON passages BEGIN
        INSERT INTO passage_index(passage_index, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO passage_index(rowid, terms) VALUES (new.id, new.terms);
    END
"""
TABLE_ON_POSTGRESQL = """
    CREATE TABLE passage_index (
        passage_id bigint PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
        terms tsvector NOT NULL
    )
"""
INDEX_ON_POSTGRESQL = "CREATE INDEX ix_passage_index_terms ON passage_index USING gin (terms) WITH (fastupdate = off)"
ON_SQLITE = (INDEX_ON_SQLITE, ADDED_ON_SQLITE, REMOVED_ON_SQLITE, CHANGED_ON_SQLITE)
ON_POSTGRESQL = (TABLE_ON_POSTGRESQL, INDEX_ON_POSTGRESQL)


def upgrade() -> None:
    """Make the tables and the index."""
    op.create_table(
        "documents",
        sa.Column("id", Key, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("public_id", name="uq_documents_public_id"),
    )
    op.create_index("ix_documents_checksum", "documents", ["checksum"])
    op.create_index("ix_documents_state_origin", "documents", ["state", "origin"])
    op.create_table(
        "passages",
        sa.Column("id", Key, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_passages_document_id_documents", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
        sa.UniqueConstraint("document_id", "number", name="uq_passages_document_id_number"),
        sa.UniqueConstraint("public_id", name="uq_passages_public_id"),
    )
    op.create_table(
        "passage_terms",
        sa.Column("term", sa.String(length=128), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("term", name="pk_passage_terms"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "knowledge",
        sa.Column("id", Key, nullable=False),
        sa.Column("documents", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("passages", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("words", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("languages", sa.String(length=255), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge"),
    )
    for statement in ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Forget all documents; answers keep the titles of what they rest on."""
    op.execute("DROP TABLE passage_index")
    for table in ("passages", "documents", "passage_terms", "knowledge"):
        op.drop_table(table)
