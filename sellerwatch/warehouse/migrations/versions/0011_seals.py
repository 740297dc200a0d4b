"""Seals: one hash per document and fact table, per metric and period, and per user table, and what was written since

Everything that is there is marked as written, so that the end of the next night seals all of it.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seal_leaf',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='fact, metric or user'),
    sa.Column('name', sa.Text(), nullable=False, comment='the table, or the metric'),
    sa.Column('part', sa.Text(), nullable=False, comment='the document the rows came from, or the period and its last day; empty for a whole user table'),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False, comment='sha256 of the rows in the order of their keys, one JSON array a row'),
    sa.CheckConstraint("kind IN ('fact','metric','user')", name=op.f('ck_seal_leaf_kind')),
    sa.PrimaryKeyConstraint('store_id', 'kind', 'name', 'part', name=op.f('pk_seal_leaf')),
    comment='One hash over the rows of each document in each fact table, over the values of each metric and period, and over each user table'
    )
    op.create_table('seal_due',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='fact, metric or user'),
    sa.Column('name', sa.Text(), nullable=False, comment='the table, or the metric'),
    sa.Column('part', sa.Text(), nullable=False, comment='the document the rows came from, or the period and its last day; empty for a whole user table'),
    sa.Column('times', sa.Integer(), nullable=False, comment='how often it was written'),
    sa.Column('was_altered', sa.Boolean(), nullable=False, comment='its rows were not what was sealed when they were replaced'),
    sa.CheckConstraint("kind IN ('fact','metric','user')", name=op.f('ck_seal_due_kind')),
    sa.PrimaryKeyConstraint('store_id', 'kind', 'name', 'part', name=op.f('pk_seal_due')),
    comment='What was written since it was last sealed; the end of a night seals it anew'
    )
    _mark_all()


def downgrade() -> None:
    op.drop_table('seal_due')
    op.drop_table('seal_leaf')


def _mark_all() -> None:
    tables = sa.inspect(op.get_bind())
    for name in sorted(tables.get_table_names()):
        columns = {column['name'] for column in tables.get_columns(name)}
        if {'store_id', 'document_id', 'line', 'observed_at'} <= columns:
            op.execute(f"INSERT INTO seal_due SELECT DISTINCT store_id, 'fact', '{name}', document_id, 1, false FROM {name}")
        elif {'import_number', 'line', 'imported_at'} <= columns:
            op.execute(f"INSERT INTO seal_due SELECT DISTINCT 'user-tables', 'user', '{name}', '', 1, false FROM {name}")
    op.execute(
        "INSERT INTO seal_due SELECT DISTINCT store_id, 'metric', metric, period || ' ' || CAST(period_on AS TEXT), 1, false FROM metric_value"
    )
