"""Files that people send: what is known of each, and which blobs are still to be removed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "files",
        sa.Column("id", Key, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("blob", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_files_session_id_sessions", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_files_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("public_id", name="uq_files_public_id"),
        sa.UniqueConstraint("blob", name="uq_files_blob"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_session_id", "files", ["session_id"])
    op.create_index("ix_files_conversation_id_seq", "files", ["conversation_id", "seq"])
    op.create_table(
        "doomed_files",
        sa.Column("blob", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("blob", name="pk_doomed_files"),
    )


def downgrade() -> None:
    """Remove the tables. The blobs stay, and nobody can open them any more."""
    op.drop_table("doomed_files")
    op.drop_table("files")
