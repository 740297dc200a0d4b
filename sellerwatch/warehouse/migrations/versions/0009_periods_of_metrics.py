"""Metric values of longer periods than a day, and what each was measured from

A key cannot be altered in SQLite, so that the table is made anew there and then here too: its rows, all of single days, are kept.
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

KEPT = (
    'store_id, marketplace, metric, subject_kind, subject, period_on, numerator, denominator, value, currency, status, reason, '
    'is_final, data_through, definition_version, measured_for'
)
INDEXED = (
    ('fba_return', 'returned_on'),
    ('merchant_return', 'requested_on'),
    ('repeat_purchase', 'last_on'),
    ('search_catalog_performance', 'last_on'),
    ('search_query_performance', 'last_on'),
)


def upgrade() -> None:
    op.execute(f"CREATE TABLE metric_value_kept AS SELECT {KEPT} FROM metric_value")
    op.drop_table('metric_value')
    op.create_table('metric_value',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('metric', sa.Text(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False, comment='store, marketplace, parent_asin, asin, sku, campaign, feed or check'),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), server_default='day', nullable=False, comment='day, d7, d14, d30, d90, week, month or month_to_date'),
    sa.Column('period_on', sa.Date(), nullable=False, comment='the store-local day the value is about, or the last day of its period'),
    sa.Column('numerator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null when unknown'),
    sa.Column('denominator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null for a plain sum, or when unknown'),
    sa.Column('value', sa.Double(), nullable=True, comment='numerator / denominator, times 100 for percentages; null when unknown'),
    sa.Column('currency', sa.Text(), nullable=True, comment='for amounts'),
    sa.Column('status', sa.Text(), nullable=False, comment='ok, provisional or unknown'),
    sa.Column('reason', sa.Text(), nullable=True, comment='why it is unknown or provisional'),
    sa.Column('is_final', sa.Boolean(), nullable=False, comment='false while Amazon may still restate the day'),
    sa.Column('data_through', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='newest moment of the data behind it'),
    sa.Column('definition_version', sa.Integer(), nullable=False),
    sa.Column('measured_for', sa.Date(), nullable=False, comment='the night that last changed it'),
    sa.CheckConstraint("(status = 'unknown') = (value IS NULL)", name=op.f('ck_metric_value_unknown_is_null')),
    sa.CheckConstraint("status = 'ok' OR reason IS NOT NULL", name=op.f('ck_metric_value_reason_given')),
    sa.CheckConstraint("status IN ('ok','provisional','unknown')", name=op.f('ck_metric_value_status')),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'metric', 'subject_kind', 'subject', 'period', 'period_on', name=op.f('pk_metric_value')),
    comment='Every measured number with its parts'
    )
    _bring_back()
    op.create_table('measured_basis',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('metric', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False, comment='the last day of the period'),
    sa.Column('digest', sa.Text(), nullable=False, comment="of the definition, and of all the period's facts that it reads"),
    sa.PrimaryKeyConstraint('store_id', 'metric', 'period', 'period_on', name=op.f('pk_measured_basis')),
    comment='What each catalogued metric was last measured from, so that a night touches only what has changed'
    )
    for table, day in INDEXED:
        op.create_index(f'ix_{table}_{day}', table, ['store_id', 'marketplace', day], unique=False)


def downgrade() -> None:
    for table, day in INDEXED:
        op.drop_index(f'ix_{table}_{day}', table_name=table)
    op.drop_table('measured_basis')
    op.execute(f"CREATE TABLE metric_value_kept AS SELECT {KEPT} FROM metric_value WHERE period = 'day'")
    op.drop_table('metric_value')
    op.create_table('metric_value',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('metric', sa.Text(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False, comment='store, marketplace, sku, feed or check'),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False, comment='the store-local day the value is about'),
    sa.Column('numerator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null when unknown'),
    sa.Column('denominator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null for a plain sum, or when unknown'),
    sa.Column('value', sa.Double(), nullable=True, comment='numerator / denominator, times 100 for percentages; null when unknown'),
    sa.Column('currency', sa.Text(), nullable=True, comment='for amounts'),
    sa.Column('status', sa.Text(), nullable=False, comment='ok, provisional or unknown'),
    sa.Column('reason', sa.Text(), nullable=True, comment='why it is unknown or provisional'),
    sa.Column('is_final', sa.Boolean(), nullable=False, comment='false while Amazon may still restate the day'),
    sa.Column('data_through', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='newest moment of the data behind it'),
    sa.Column('definition_version', sa.Integer(), nullable=False),
    sa.Column('measured_for', sa.Date(), nullable=False, comment='the night that last changed it'),
    sa.CheckConstraint("(status = 'unknown') = (value IS NULL)", name=op.f('ck_metric_value_unknown_is_null')),
    sa.CheckConstraint("status = 'ok' OR reason IS NOT NULL", name=op.f('ck_metric_value_reason_given')),
    sa.CheckConstraint("status IN ('ok','provisional','unknown')", name=op.f('ck_metric_value_status')),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'metric', 'subject_kind', 'subject', 'period_on', name=op.f('pk_metric_value')),
    comment='Every measured number with its parts'
    )
    _bring_back()


def _bring_back() -> None:
    op.execute(f"INSERT INTO metric_value ({KEPT}) SELECT {KEPT} FROM metric_value_kept")
    op.drop_table('metric_value_kept')
    with op.batch_alter_table('metric_value', schema=None) as batch_op:
        batch_op.create_index('ix_metric_value_period', ['store_id', 'metric', 'period_on'], unique=False)
