"""The vectors of passages, by which they are found by their meaning."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; it is filled where embeddings are set up."""
    op.create_table(
        "passage_vectors",
        sa.Column("id", Key, nullable=False),
        sa.Column("passage_id", Key, nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("signs", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passages.id"], name="fk_passage_vectors_passage_id_passages", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passage_vectors"),
        sa.UniqueConstraint("passage_id", name="uq_passage_vectors_passage_id"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Forget the vectors."""
    op.drop_table("passage_vectors")
