"""The ledger of backfills"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('backfill',
    sa.Column('id', sa.Text(), nullable=False, comment='the id of its Prefect flow run, or one of its own'),
    sa.Column('asked_by', sa.Text(), nullable=False, comment='the person who wanted it'),
    sa.Column('reason', sa.Text(), nullable=False, comment="why, in that person's words"),
    sa.Column('source', sa.Text(), nullable=False, comment='prefect or cli'),
    sa.Column('stores', sellerwatch.warehouse.types.CanonicalJson(), nullable=False),
    sa.Column('feeds', sellerwatch.warehouse.types.CanonicalJson(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False, comment='gaps, again or reparse'),
    sa.Column('state', sa.Text(), nullable=False, comment='planned, running, complete, incomplete or cancelled'),
    sa.Column('started_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False, comment='when it was planned, which is done once'),
    sa.Column('finished_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='when it last ended'),
    sa.Column('windows_wanted', sa.Integer(), nullable=False, comment='windows of its plan, those on their way included'),
    sa.Column('windows_finished', sa.Integer(), server_default='0', nullable=False, comment='of these, those with a document'),
    sa.Column('windows_empty', sa.Integer(), server_default='0', nullable=False, comment='of these, those of which Amazon has nothing'),
    sa.Column('windows_failed', sa.Integer(), server_default='0', nullable=False, comment='of these, those that are not there'),
    sa.Column('documents', sa.Integer(), server_default='0', nullable=False, comment='documents received, or read again'),
    sa.Column('calls', sa.Integer(), server_default='0', nullable=False, comment='calls of Amazon that it was granted'),
    sa.Column('rows_before', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='rows by store/marketplace/table when it was planned'),
    sa.Column('rows_after', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='the same, when it last ended'),
    sa.Column('routes', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='how each feed was asked for, and why so'),
    sa.Column('left_out', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='what cannot be asked for, and why'),
    sa.Column('problems', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='what went wrong in each step, and what to do'),
    sa.Column('expected_seconds', sa.Integer(), nullable=False, comment='how long the plan was to take'),
    sa.CheckConstraint("mode IN ('gaps','again','reparse')", name=op.f('ck_backfill_mode')),
    sa.CheckConstraint("state IN ('planned','running','complete','incomplete','cancelled')", name=op.f('ck_backfill_state')),
    sa.CheckConstraint("source IN ('prefect','cli')", name=op.f('ck_backfill_source')),
    sa.CheckConstraint('first_day <= last_day', name=op.f('ck_backfill_days')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_backfill')),
    comment='Every backfill: who asked for which history and why, what it cost, and what it changed'
    )
    op.create_index('ix_backfill_started', 'backfill', ['started_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_backfill_started', table_name='backfill')
    op.drop_table('backfill')
