"""Generated replies: rows with a life of their own, beside the messages they become. And the context of a session."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACTIVE = sa.text("state IN ('pending', 'writing')")


def upgrade() -> None:
    """Make the table, note which deliveries a generated reply answers, and make room for a session's context."""
    op.create_table(
        "replies",
        sa.Column("id", Key, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("question_seq", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("stopping", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("partial", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(length=24), nullable=True),
        sa.Column("model", sa.String(length=128), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_replies_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
        sa.UniqueConstraint(
            "conversation_id", "question_seq", "attempt", name="uq_replies_conversation_id_question_seq_attempt"
        ),
        sa.UniqueConstraint("public_id", name="uq_replies_public_id"),
    )
    op.add_column("deliveries", sa.Column("asks", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("context", sa.LargeBinary(), nullable=True))
    op.create_index("ix_replies_conversation_id_seq", "replies", ["conversation_id", "seq"])
    op.create_index(
        "uq_replies_active",
        "replies",
        ["conversation_id", "state"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def downgrade() -> None:
    """Forget the replies and the contexts; the messages that replies became stay."""
    op.drop_table("replies")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_column("asks")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_column("context")
