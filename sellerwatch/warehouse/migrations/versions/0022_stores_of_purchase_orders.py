"""The store that a purchase order is for, and the parts that stores bear of what is paid for all of them

The store is part of the key, which SQLite cannot alter, so that the table is made anew, here as there. Orders from before are for
all stores, as they were. Another column makes other seals: the table is sealed anew at the end of the next night; where its rows are no
longer what was sealed, it keeps the old seal, so that `sellerwatch verify` goes on naming it.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

TABLE = 'user_purchase_order'
CELLS = (
    'supplier, ordered_on, promised_on, received_on, ordered_units, received_units, inspected_units, rejected_units, unit_amount, '
    'currency, import_number, line'
)
KEPT = f'po_number, sku, {CELLS}, imported_at'
SEALED = "store_id = 'user-tables' AND kind = 'user' AND name = 'user_purchase_order' AND part = ''"


def upgrade() -> None:
    _mark_to_be_sealed(f'po_number, sku, {CELLS}', 'po_number, sku')
    _make_anew(('store', 'po_number', 'sku'), _store(), into='store, ', selected="'*', ", order='po_number, sku')
    op.create_table('user_cost_share',
    sa.Column('store', sa.Text(), autoincrement=False, nullable=False, comment="The store's name in stores.yaml."),
    sa.Column('valid_from', sa.Date(), autoincrement=False, nullable=False, comment='The first day on which the row holds.'),
    sa.Column('valid_to', sa.Date(), autoincrement=False, nullable=True, comment='The first day on which it no longer holds; blank: until a later row of the same key begins, or for good.'),
    sa.Column('part', sellerwatch.warehouse.types.Micros(), autoincrement=False, nullable=False, comment='Its part, beside those of the other stores.'),
    sa.Column('import_number', sa.Integer(), nullable=False, comment='the import it came with'),
    sa.Column('line', sa.Integer(), nullable=False, comment='its line in that file'),
    sa.Column('imported_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.CheckConstraint('valid_to > valid_from', name=op.f('ck_user_cost_share_validity')),
    sa.ForeignKeyConstraint(['import_number'], ['file_import.number'], ),
    sa.PrimaryKeyConstraint('store', 'valid_from', name=op.f('pk_user_cost_share')),
    comment="A store's part in what is paid for all stores, from a day on"
    )


def downgrade() -> None:
    """Of an order that was split among stores one piece is left; importing the files again brings back the rest."""
    _mark_to_be_sealed(f'store, po_number, sku, {CELLS}', 'store, po_number, sku')
    op.drop_table('user_cost_share')
    only = (
        f'WHERE NOT EXISTS (SELECT 1 FROM {TABLE}_kept AS other WHERE other.po_number = {TABLE}_kept.po_number '
        f'AND other.sku = {TABLE}_kept.sku AND other.store < {TABLE}_kept.store)'
    )
    _make_anew(('po_number', 'sku'), (), into='', selected='', order='po_number, sku', only=only)


def _make_anew(
    key: tuple[str, ...], store: tuple[sa.Column[str], ...], *, into: str, selected: str, order: str, only: str = ''
) -> None:
    op.execute(f'CREATE TABLE {TABLE}_kept AS SELECT * FROM {TABLE}')
    op.drop_table(TABLE)
    op.create_table(TABLE,
    *store,
    sa.Column('po_number', sa.Text(), autoincrement=False, nullable=False, comment="The order's number."),
    sa.Column('sku', sa.Text(), autoincrement=False, nullable=False, comment="The seller SKU exactly as Amazon's reports write it, leading zeros included."),
    sa.Column('supplier', sa.Text(), autoincrement=False, nullable=False, comment='Who delivers it.'),
    sa.Column('ordered_on', sa.Date(), autoincrement=False, nullable=False, comment='The day it was ordered.'),
    sa.Column('promised_on', sa.Date(), autoincrement=False, nullable=True, comment='The day the supplier promised it for.'),
    sa.Column('received_on', sa.Date(), autoincrement=False, nullable=True, comment='The day it came; blank while it has not.'),
    sa.Column('ordered_units', sa.BigInteger(), autoincrement=False, nullable=False, comment='Units ordered.'),
    sa.Column('received_units', sa.BigInteger(), autoincrement=False, nullable=True, comment='Units that came.'),
    sa.Column('inspected_units', sa.BigInteger(), autoincrement=False, nullable=True, comment='Units inspected.'),
    sa.Column('rejected_units', sa.BigInteger(), autoincrement=False, nullable=True, comment='Units of those that failed.'),
    sa.Column('unit_amount', sellerwatch.warehouse.types.Micros(), autoincrement=False, nullable=False, comment='The price of one unit.'),
    sa.Column('currency', sa.Text(), autoincrement=False, nullable=False, comment="The ISO code of the currency of this row's amounts, such as USD or CNY."),
    sa.Column('import_number', sa.Integer(), nullable=False, comment='the import it came with'),
    sa.Column('line', sa.Integer(), nullable=False, comment='its line in that file'),
    sa.Column('imported_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['import_number'], ['file_import.number'], ),
    sa.PrimaryKeyConstraint(*key, name=op.f('pk_user_purchase_order')),
    comment='One SKU of a purchase order'
    )
    op.execute(f'INSERT INTO {TABLE} ({into}{KEPT}) SELECT {selected}{KEPT} FROM {TABLE}_kept {only} ORDER BY {order}')
    op.drop_table(f'{TABLE}_kept')


def _store() -> tuple[sa.Column[str], ...]:
    note = 'The store it was bought for, as named in stores.yaml; blank: all of them.'
    return (sa.Column('store', sa.Text(), autoincrement=False, nullable=False, comment=note),)


def _mark_to_be_sealed(columns: str, order: str) -> None:
    """Mark the table as written, if it is what was sealed; one that is marked already was written since."""
    connection = op.get_bind()
    sealed = connection.execute(sa.text(f'SELECT digest FROM seal_leaf WHERE {SEALED}')).scalar()
    is_due = connection.execute(sa.text(f'SELECT count(*) FROM seal_due WHERE {SEALED}')).scalar()
    if sealed is None or is_due:
        return
    by_number = ' COLLATE "C"' if connection.dialect.name == 'postgresql' else ''
    in_order = ', '.join(f'{name}{by_number}' for name in order.split(', '))
    rows = connection.execute(sa.text(f'SELECT {columns} FROM {TABLE} ORDER BY {in_order}'))
    text = ''.join(json.dumps([*row], default=lambda day: day.isoformat(), separators=(',', ':')) + '\n' for row in rows)
    if hashlib.sha256(text.encode()).hexdigest() != sealed:
        return
    due = sa.table('seal_due', *map(sa.column, ('store_id', 'kind', 'name', 'part', 'times')), sa.column('was_altered', sa.Boolean()))
    mark = {'store_id': 'user-tables', 'kind': 'user', 'name': TABLE, 'part': '', 'times': 1, 'was_altered': False}
    connection.execute(sa.insert(due).values(mark))
