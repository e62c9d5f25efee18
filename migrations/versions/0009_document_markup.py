"""How a document is written, so that its passages can be shown that way."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it. Until now the name of the file told it, and what was typed was Markdown."""
    op.add_column("documents", sa.Column("markup", sa.String(length=8), nullable=False, server_default="plain"))
    documents = sa.table("documents", sa.column("origin", sa.String), sa.column("markup", sa.String))
    name = sa.func.lower(documents.c.origin)
    is_markdown = sa.or_(name.like("%.md"), name.like("%.markdown"), name == "typed")
    op.execute(documents.update().where(is_markdown).values(markup="markdown"))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("documents", "markup")
