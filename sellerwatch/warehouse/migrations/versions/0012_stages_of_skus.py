"""Stages of SKUs"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sku_stage',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('sku', sa.Text(), nullable=False, comment="the seller's SKU"),
    sa.Column('since_on', sa.Date(), nullable=False, comment="the first day of the stage; it ends where the SKU's next row begins"),
    sa.Column('stage', sa.Text(), nullable=False, comment='new, mature or clearance'),
    sa.Column('source', sa.Text(), nullable=False, comment='user: the table lifecycle_stage says so; rule: lifecycle.yaml does'),
    sa.Column('said', sa.Text(), nullable=False, comment='the word in the table lifecycle_stage; empty where the rule decided'),
    sa.Column('reason', sa.Text(), nullable=False, comment='what decided, in one word'),
    sa.Column('first_on', sa.Date(), nullable=True, comment="the day the SKU's life began, as far as it is known"),
    sa.Column('detail', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='the numbers it was decided by'),
    sa.Column('decided_for', sa.Date(), nullable=False, comment='the night that decided it'),
    sa.CheckConstraint("stage IN ('new','mature','clearance')", name=op.f('ck_sku_stage_stage')),
    sa.CheckConstraint("source IN ('user','rule')", name=op.f('ck_sku_stage_source')),
    sa.CheckConstraint("(source = 'user') = (said <> '')", name=op.f('ck_sku_stage_said_by_people')),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'sku', 'since_on', name=op.f('pk_sku_stage')),
    comment='The stage of each SKU\'s life: one row for each change'
    )
    with op.batch_alter_table('sku_stage', schema=None) as batch_op:
        batch_op.create_index('ix_sku_stage_decided_for', ['store_id', 'decided_for'], unique=False)


def downgrade() -> None:
    op.drop_table('sku_stage')
