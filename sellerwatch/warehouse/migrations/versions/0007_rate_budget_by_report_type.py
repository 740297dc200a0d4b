"""A rate budget per application, account, operation and type of report, and calls counted by run

The buckets are made anew and start full, as those of a new warehouse do. What was left in the old ones cannot be carried over:
each is named by one hash of application and account together. Starting empty instead would keep the first night waiting for calls
that Amazon allows: a bucket is full again within 15 minutes of its last call, and nothing calls during an upgrade. Where a night
ended minutes before it, some of the next one's first calls may be refused; a refusal empties the bucket, and the call is made again.
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('rate_bucket')
    op.create_table('rate_bucket',
    sa.Column('application', sa.Text(), nullable=False, comment='hashed; empty where all applications of the account share it'),
    sa.Column('account', sa.Text(), nullable=False, comment='hashed; empty where all sellers of the application share it'),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('report_type', sa.Text(), nullable=False, comment="Amazon's name; empty for the bucket of all calls of the operation"),
    sa.Column('rate_micros', sa.BigInteger(), nullable=False, comment='millionths of a call per second'),
    sa.Column('configured_micros', sa.BigInteger(), nullable=False, comment='what limits.yaml said when the rate was last taken from it'),
    sa.Column('burst', sa.Integer(), nullable=False),
    sa.Column('level_picos', sa.BigInteger(), nullable=False, comment='10^-12 calls saved up at refilled_at'),
    sa.Column('refilled_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.Column('nightly_until', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='until then one call is kept for a night that waits for it'),
    sa.Column('calls', sa.Integer(), nullable=False, comment='calls granted since the row exists, counted where report_type is empty'),
    sa.PrimaryKeyConstraint('application', 'account', 'operation', 'report_type', name=op.f('pk_rate_bucket')),
    comment='One token bucket per application, account, operation and type of report, shared by all processes'
    )
    op.create_table('call_count',
    sa.Column('run', sa.Text(), nullable=False, comment='what the calls were made for, such as: night 2026-11-17'),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False, comment='calls granted'),
    sa.PrimaryKeyConstraint('run', 'store_id', 'operation', name=op.f('pk_call_count')),
    comment='How many calls of Amazon each run was granted'
    )


def downgrade() -> None:
    op.drop_table('call_count')
    op.drop_table('rate_bucket')
    op.create_table('rate_bucket',
    sa.Column('account', sa.Text(), nullable=False, comment='application and seller, hashed; they share one bucket per operation'),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('rate_micros', sa.BigInteger(), nullable=False, comment='millionths of a call per second'),
    sa.Column('burst', sa.Integer(), nullable=False),
    sa.Column('level_picos', sa.BigInteger(), nullable=False, comment='10^-12 calls saved up at refilled_at'),
    sa.Column('refilled_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False, comment='calls granted since the row exists'),
    sa.PrimaryKeyConstraint('account', 'operation', name=op.f('pk_rate_bucket')),
    comment='One token bucket per account and operation, shared by all processes'
    )
