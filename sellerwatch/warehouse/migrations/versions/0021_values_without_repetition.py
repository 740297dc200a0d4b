"""What the values of a period have in common is said once, and metric_value becomes a view

A value took two hundred bytes, most of them its key, twice. Values and what is said of them stay as they are, and so does what
can be read under the name metric_value.

Seals hash rows of another shape now. Periods that stand as they were sealed are sealed anew at the end of the next night; those that
somebody altered keep their seal, and those that somebody put in get none, so that `sellerwatch verify` goes on naming them.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

KEY = ('store_id', 'metric', 'period', 'period_on', 'marketplace', 'subject_kind')
APART = "CASE WHEN {0}.subject_kind IN ('store', 'feed') THEN {0}.subject ELSE '' END"
NUMBERS = ('numerator', 'denominator', 'value', 'status', 'reason')
VIEW = """
CREATE VIEW metric_value AS
SELECT metric_period.store_id, metric_period.marketplace, metric_period.metric, metric_period.subject_kind, metric_number.subject,
    metric_period.period, metric_period.period_on, metric_number.numerator, metric_number.denominator, metric_number.value,
    metric_period.currency, metric_number.status, metric_number.reason, metric_period.is_final, metric_period.data_through,
    metric_period.definition_version, coalesce(metric_number.changed_for, metric_period.measured_for) AS measured_for
FROM metric_period JOIN metric_number ON metric_number.metric_period_id = metric_period.id
"""
KINDS, KINDS_BEFORE = (f"kind IN ('fact','metric',{more}'user')" for more in ("'standing',", ''))
TO_JSON = json.JSONEncoder(default=date.isoformat, separators=(',', ':'))
SEALED = sa.table(
    'metric_value',
    *(sa.column(name, sa.Text) for name in ('store_id', 'marketplace', 'metric', 'subject_kind', 'subject', 'period')),
    sa.column('period_on', sa.Date),
    sa.column('numerator', sa.BigInteger),
    sa.column('denominator', sa.BigInteger),
    sa.column('value', sa.Double),
    *(sa.column(name, sa.Text) for name in ('currency', 'status', 'reason')),
    sa.column('is_final', sa.Boolean),
    sa.column('definition_version', sa.Integer),
    sa.column('measured_for', sa.Date),
)
"""The columns in the order in which seals hashed them."""


def upgrade() -> None:
    _allow_kinds(KINDS)
    _mark_what_stands()
    _create_tables()
    _divide()
    readers = _readers()
    op.drop_table('metric_value')
    op.execute(VIEW)
    for reader in readers:
        op.execute(f'GRANT SELECT ON metric_value TO {reader}')


def _readers() -> list[str]:
    """Return who else may read the values in PostgreSQL, such as a reporting tool's account; a table takes its rights along when it goes."""
    bind = op.get_bind()
    if bind.dialect.name != 'postgresql':
        return []
    told = sa.text(
        "SELECT DISTINCT CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END "
        "FROM pg_class AS held CROSS JOIN aclexplode(held.relacl) AS given "
        "WHERE held.oid = 'metric_value'::regclass AND given.privilege_type = 'SELECT' AND given.grantee <> held.relowner ORDER BY 1"
    )
    return list(bind.execute(told).scalars())


def downgrade() -> None:
    op.execute('CREATE TABLE metric_value_kept AS SELECT * FROM metric_value')
    op.execute('DROP VIEW metric_value')
    op.drop_table('metric_number')
    op.drop_table('metric_period')
    _create_one_table()
    names = ', '.join(column.name for column in SEALED.columns) + ', data_through'
    op.execute(f"INSERT INTO metric_value ({names}) SELECT {names} FROM metric_value_kept ORDER BY {', '.join(KEY)}, subject")
    op.drop_table('metric_value_kept')
    for table in ('seal_leaf', 'seal_due'):
        op.execute(f"DELETE FROM {table} WHERE kind = 'standing'")
    _allow_kinds(KINDS_BEFORE)
    _mark(_all_periods())


def _allow_kinds(kinds: str) -> None:
    for table in ('seal_leaf', 'seal_due'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_kind'), type_='check')
            batch_op.create_check_constraint(op.f(f'ck_{table}_kind'), kinds)


def _mark_what_stands() -> None:
    """Mark what is as it was sealed, so that it is sealed anew; what was altered keeps its seal, and what was put in stays without one."""
    leaf = sa.table('seal_leaf', *(sa.column(name, sa.Text) for name in ('store_id', 'kind', 'name', 'part', 'digest')))
    rows = op.get_bind().execute(sa.select(leaf.c.store_id, leaf.c.name, leaf.c.part, leaf.c.digest).where(leaf.c.kind == 'metric'))
    sealed = {(store, name, part): digest for store, name, part, digest in rows}
    there = list(_digests())
    due = {(row['store_id'], row['name'], row['part']) for row in _rows_due()}
    standing = [key for key, digest in there if key in due or sealed.get(key) == digest]
    _mark(('metric', *key) for key in standing)
    _mark(('standing', *key) for key, _ in there)


def _rows_due() -> list[sa.RowMapping]:
    return list(op.get_bind().execute(sa.text("SELECT store_id, name, part FROM seal_due WHERE kind = 'metric'")).mappings())


def _digests() -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield store, metric and period with the hash over the values, as seals made it."""
    bind = op.get_bind()
    c = SEALED.c
    keys = [c.store_id, c.metric, c.period, c.period_on, c.marketplace, c.subject_kind, c.subject]
    texts = [sa.collate(key, 'C') if bind.dialect.name == 'postgresql' and key is not c.period_on else key for key in keys]
    rows = bind.execute(sa.select(SEALED).order_by(*texts).execution_options(yield_per=5_000))
    for (store, metric, period, on), own in itertools.groupby(rows, key=lambda row: (row.store_id, row.metric, row.period, row.period_on)):
        sha256 = hashlib.sha256()
        for row in own:
            sha256.update(TO_JSON.encode(tuple(row)).encode() + b'\n')
        yield (store, metric, f'{period} {on.isoformat()}'), sha256.hexdigest()


def _all_periods() -> Iterator[tuple[str, str, str, str]]:
    periods = op.get_bind().execute(sa.select(SEALED.c.store_id, SEALED.c.metric, SEALED.c.period, SEALED.c.period_on).distinct())
    for store, metric, period, on in periods.all():
        yield 'metric', store, metric, f'{period} {on.isoformat()}'


def _mark(keys: Iterator[tuple[str, str, str, str]]) -> None:
    statement = sa.text(
        'INSERT INTO seal_due (store_id, kind, name, part, times, was_altered) VALUES (:store, :kind, :name, :part, 1, :no) '
        'ON CONFLICT DO NOTHING'
    )
    rows = [{'kind': kind, 'store': store, 'name': name, 'part': part, 'no': False} for kind, store, name, part in keys]
    if rows:
        op.get_bind().execute(statement, rows)


def _divide() -> None:
    key, same = ', '.join(KEY), ' AND '.join(f'period.{name} = said.{name}' for name in KEY)
    said = ', '.join(f'said.{name}' for name in NUMBERS)
    is_final = 'min(CASE WHEN said.is_final THEN 1 ELSE 0 END) = 1'
    op.execute(f"""
        INSERT INTO metric_period ({key}, apart, currency, is_final, data_through, definition_version, measured_for)
        SELECT {key}, {APART.format('said')}, min(currency), {is_final}, min(data_through), max(definition_version), min(measured_for)
        FROM metric_value AS said GROUP BY {key}, {APART.format('said')} ORDER BY {key}
    """)
    op.execute(f"""
        INSERT INTO metric_number (metric_period_id, subject, {', '.join(NUMBERS)}, changed_for)
        SELECT period.id, said.subject, {said}, nullif(said.measured_for, period.measured_for)
        FROM metric_value AS said JOIN metric_period AS period ON {same} AND period.apart = {APART.format('said')}
        ORDER BY period.id, said.subject
    """)


def _create_tables() -> None:
    op.create_table('metric_period',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    *_key_columns(),
    sa.Column('apart', sa.Text(), nullable=False, comment='the subject where its kind shares no period; empty where all subjects share it'),
    sa.Column('currency', sa.Text(), nullable=True, comment='for amounts'),
    sa.Column('is_final', sa.Boolean(), nullable=False, comment='false while Amazon may still restate the day'),
    sa.Column('data_through', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='newest moment of the data behind it'),
    sa.Column('definition_version', sa.Integer(), nullable=False),
    sa.Column('measured_for', sa.Date(), nullable=False, comment='the night that first measured it'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metric_period')),
    sa.UniqueConstraint(*KEY, 'apart', name=op.f('uq_metric_period')),
    comment='What the values of a metric, period, marketplace and kind of subject have in common'
    )
    op.create_table('metric_number',
    sa.Column('metric_period_id', sa.BigInteger(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    *_number_columns(),
    sa.Column('changed_for', sa.Date(), nullable=True, comment='the night that last changed it; null where that was the first of its period'),
    *_checks('metric_number'),
    sa.PrimaryKeyConstraint('metric_period_id', 'subject', name=op.f('pk_metric_number')),
    comment='What is measured of each subject in a period; there are many, so that a row says nothing twice',
    sqlite_with_rowid=False
    )


def _create_one_table() -> None:
    op.create_table('metric_value',
    *_key_columns(),
    sa.Column('subject', sa.Text(), nullable=False),
    *_number_columns(),
    sa.Column('currency', sa.Text(), nullable=True, comment='for amounts'),
    sa.Column('is_final', sa.Boolean(), nullable=False, comment='false while Amazon may still restate the day'),
    sa.Column('data_through', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='newest moment of the data behind it'),
    sa.Column('definition_version', sa.Integer(), nullable=False),
    sa.Column('measured_for', sa.Date(), nullable=False, comment='the night that last changed it'),
    *_checks('metric_value'),
    sa.PrimaryKeyConstraint(*KEY, 'subject', name=op.f('pk_metric_value')),
    comment='Every measured number with its parts'
    )


def _key_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column('store_id', sa.Text(), nullable=False),
        sa.Column('metric', sa.Text(), nullable=False),
        sa.Column('period', sa.Text(), server_default='day', nullable=False, comment='day, d7, d14, d30, d90, week, month or month_to_date'),
        sa.Column('period_on', sa.Date(), nullable=False, comment='the store-local day the value is about, or the last day of its period'),
        sa.Column('marketplace', sa.Text(), nullable=False),
        sa.Column('subject_kind', sa.Text(), nullable=False, comment='store, marketplace, parent_asin, asin, sku, campaign, feed or check'),
    )


def _number_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column('numerator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null when unknown'),
        sa.Column('denominator', sellerwatch.warehouse.types.Micros(), nullable=True, comment='null for a plain sum, or when unknown'),
        sa.Column('value', sa.Double(), nullable=True, comment='numerator / denominator, times 100 for percentages; null when unknown'),
        sa.Column('status', sa.Text(), nullable=False, comment='ok, provisional or unknown'),
        sa.Column('reason', sa.Text(), nullable=True, comment='why it is unknown or provisional'),
    )


def _checks(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint("(status = 'unknown') = (value IS NULL)", name=op.f(f'ck_{table}_unknown_is_null')),
        sa.CheckConstraint("status = 'ok' OR reason IS NOT NULL", name=op.f(f'ck_{table}_reason_given')),
        sa.CheckConstraint("status IN ('ok','provisional','unknown')", name=op.f(f'ck_{table}_status')),
    )
