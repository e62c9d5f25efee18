"""Conversations that have a title of their own, and what readers think of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTE = sa.text("kind = 'note'")


def upgrade() -> None:
    """Make room; a conversation without a title is called by its first question."""
    op.add_column("conversations", sa.Column("title", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_messages_notes", "messages", ["conversation_id", "kind"], sqlite_where=NOTE, postgresql_where=NOTE
    )
    op.create_table(
        "feedback",
        sa.Column("conversation_id", Key, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["messages.conversation_id", "messages.seq"],
            name="fk_feedback_conversation_id_messages",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name="pk_feedback"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget titles and feedback; the conversations stay."""
    op.drop_table("feedback")
    op.drop_index("ix_messages_notes", "messages")
    op.drop_column("conversations", "title")
