"""What a window has cost"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('report_window', sa.Column('calls', sa.Integer(), server_default='0', nullable=False, comment='calls of Amazon spent on it'))


def downgrade() -> None:
    op.drop_column('report_window', 'calls')
