"""Indexes that lead a night to its windows, and to the settled amounts of some days

Without them a night goes through all windows and settlements that there have been.
"""

from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

INDEXES = (
    ('ix_report_window_night', 'report_window', ['store_id', 'wanted_for']),
    ('ix_settlement_line_posted_on', 'settlement_line', ['store_id', 'marketplace', 'posted_on']),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)
