"""Amazon's own limits of metrics, by day"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('metric_limit',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('metric', sa.Text(), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=False, comment="the marketplace's day on which Amazon made the report"),
    sa.Column('limit_value', sellerwatch.warehouse.types.Micros(), nullable=False, comment="in the metric's own unit"),
    sa.Column('keep', sa.Text(), nullable=False, comment='on which side of it Amazon wants the value: below, above or at'),
    sa.Column('document_id', sa.Text(), nullable=False, comment='the document that says so'),
    sa.CheckConstraint("keep IN ('below','above','at')", name=op.f('ck_metric_limit_keep')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], ),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'metric', 'told_on', name=op.f('pk_metric_limit')),
    comment="The limit that Amazon's report gave a metric on a day"
    )


def downgrade() -> None:
    op.drop_table('metric_limit')
