"""What an answer rests on, kept with its message."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room; nothing is known of what earlier answers rest on."""
    op.add_column("messages", sa.Column("basis", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Forget what answers rest on; the answers stay."""
    op.drop_column("messages", "basis")
