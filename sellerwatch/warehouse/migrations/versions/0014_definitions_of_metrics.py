"""What each version of a catalogued metric means, so that a meaning that changes under its version is noticed
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('metric_definition',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('metric', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False),
    sa.Column('meaning', sa.Text(), nullable=False, comment='what is computed of facts, spelled out'),
    sa.Column('first_measured_for', sa.Date(), nullable=False, comment='the first night that measured by it'),
    sa.PrimaryKeyConstraint('store_id', 'metric', 'version', 'subject_kind', name=op.f('pk_metric_definition')),
    comment='What each version of a catalogued metric means, as it was first measured'
    )


def downgrade() -> None:
    op.drop_table('metric_definition')
