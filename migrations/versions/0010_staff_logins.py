"""The logins of staff that hold now, so that one that was ended opens nothing any more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table. Whoever is logged in logs in once more."""
    op.create_table(
        "staff_logins",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", Key, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_logins_staff_id_staff", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", name="pk_staff_logins"),
    )
    op.create_index("ix_staff_logins_staff_id", "staff_logins", ["staff_id"])
    op.create_index("ix_staff_logins_began_at", "staff_logins", ["began_at"])


def downgrade() -> None:
    """Let cookies alone tell who is logged in."""
    op.drop_table("staff_logins")
