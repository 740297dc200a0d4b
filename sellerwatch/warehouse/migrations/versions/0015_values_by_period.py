"""Metric values lie together by period, and the facts of every day have a mark

A key cannot be altered in SQLite, so that the table is made anew there and then here too. Its rows are kept, and so are their
seals: neither the columns nor the order of the rows of one period change.
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BY_PERIOD = ('store_id', 'metric', 'period', 'period_on', 'marketplace', 'subject_kind', 'subject')
BY_SUBJECT = ('store_id', 'marketplace', 'metric', 'subject_kind', 'subject', 'period', 'period_on')
KEPT = (
    'store_id, marketplace, metric, subject_kind, subject, period, period_on, numerator, denominator, value, currency, status, '
    'reason, is_final, data_through, definition_version, measured_for'
)


def upgrade() -> None:
    with op.batch_alter_table('metric_value', schema=None) as batch_op:
        batch_op.drop_index('ix_metric_value_period')
    _make_anew(BY_PERIOD)
    with op.batch_alter_table('measured_basis', schema=None) as batch_op:
        batch_op.create_index('ix_measured_basis_period_on', ['store_id', 'period_on'], unique=False)
    op.create_table('fact_day',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('fact_table', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('seen', sa.Text(), nullable=False, comment='count of rows, and a digest of the documents that may speak of it'),
    sa.Column('mark', sa.Text(), nullable=False, comment="what the day's rows come from; empty where there are none"),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'fact_table', 'day', name=op.f('pk_fact_day')),
    comment='What the facts of each day were when they were last measured, so that only days with something new are read through'
    )


def downgrade() -> None:
    op.drop_table('fact_day')
    with op.batch_alter_table('measured_basis', schema=None) as batch_op:
        batch_op.drop_index('ix_measured_basis_period_on')
    _make_anew(BY_SUBJECT)
    with op.batch_alter_table('metric_value', schema=None) as batch_op:
        batch_op.create_index('ix_metric_value_period', ['store_id', 'metric', 'period_on'], unique=False)


def _make_anew(key: tuple[str, ...]) -> None:
    op.execute(f"CREATE TABLE metric_value_kept AS SELECT {KEPT} FROM metric_value")
    op.drop_table('metric_value')
    op.create_table('metric_value',
    *_key_columns(),
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
    sa.PrimaryKeyConstraint(*key, name=op.f('pk_metric_value')),
    comment='Every measured number with its parts'
    )
    op.execute(f"INSERT INTO metric_value ({KEPT}) SELECT {KEPT} FROM metric_value_kept ORDER BY {', '.join(key)}")
    op.drop_table('metric_value_kept')


def _key_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column('store_id', sa.Text(), nullable=False),
        sa.Column('marketplace', sa.Text(), nullable=False),
        sa.Column('metric', sa.Text(), nullable=False),
        sa.Column('subject_kind', sa.Text(), nullable=False, comment='store, marketplace, parent_asin, asin, sku, campaign, feed or check'),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('period', sa.Text(), server_default='day', nullable=False, comment='day, d7, d14, d30, d90, week, month or month_to_date'),
        sa.Column('period_on', sa.Date(), nullable=False, comment='the store-local day the value is about, or the last day of its period'),
    )
