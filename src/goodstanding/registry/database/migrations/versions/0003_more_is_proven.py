"""No table changes: from this revision on more columns are proven, of which `create_registry` tells the log anew."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this revision."""


def downgrade() -> None:
    """To the one before."""
