"""Who asked for a window, how often, at what cost, and how long its report took"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('report_window', sa.Column('asked_by', sa.Text(), server_default='night', nullable=False, comment='what wanted it last: night, intraday, import, or a backfill and its id'))
    op.add_column('report_window', sa.Column('attempts', sa.Integer(), server_default='0', nullable=False, comment='how often it was asked for'))
    op.add_column('report_window', sa.Column('calls', sa.Integer(), server_default='0', nullable=False, comment='calls of Amazon spent on it'))
    op.add_column('report_window', sa.Column('making_seconds', sa.Integer(), nullable=True, comment='how long Amazon took to make its last report'))


def downgrade() -> None:
    op.drop_column('report_window', 'making_seconds')
    op.drop_column('report_window', 'calls')
    op.drop_column('report_window', 'attempts')
    op.drop_column('report_window', 'asked_by')
