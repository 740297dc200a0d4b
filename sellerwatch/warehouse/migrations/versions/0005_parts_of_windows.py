"""Parts of windows, and the stock by the Inventory API"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('report_window', sa.Column('part', sa.Text(), server_default='', nullable=False, comment='some of the products, one settlement, or a look at the list'))
    op.add_column('report_window', sa.Column('asins', sellerwatch.warehouse.types.CanonicalJson(), server_default='[]', nullable=False, comment='the products it is about; empty for all'))
    op.add_column('report_window', sa.Column('entered_on', sa.Date(), server_default='2000-01-01', nullable=False, comment='the night that wanted it first'))
    op.create_table('inventory_summary',
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('snapshot_on', sa.Date(), nullable=False, comment="The marketplace's local day of the look; computed."),
    sa.Column('sku', sa.Text(), nullable=False, comment="The seller's SKU, exactly as written."),
    sa.Column('asin', sa.Text(), nullable=True, comment="Amazon's product id."),
    sa.Column('fnsku', sa.Text(), nullable=True, comment="Amazon's id of the seller's stock."),
    sa.Column('condition', sa.Text(), nullable=True, comment='Condition of the offer, such as NewItem.'),
    sa.Column('product_name', sa.Text(), nullable=True, comment="Amazon's name of the product."),
    sa.Column('sellable_units', sa.BigInteger(), nullable=True, comment='Units that can be sold now.'),
    sa.Column('inbound_working_units', sa.BigInteger(), nullable=True, comment='Units announced and not yet shipped.'),
    sa.Column('inbound_shipped_units', sa.BigInteger(), nullable=True, comment='Units on their way.'),
    sa.Column('inbound_receiving_units', sa.BigInteger(), nullable=True, comment='Units arriving at a warehouse.'),
    sa.Column('reserved_units', sa.BigInteger(), nullable=True, comment='Units that are there and cannot be sold now.'),
    sa.Column('reserved_for_orders_units', sa.BigInteger(), nullable=True, comment='Of the reserved units, those sold and not yet shipped.'),
    sa.Column('reserved_in_transfer_units', sa.BigInteger(), nullable=True, comment='Of the reserved units, those between warehouses.'),
    sa.Column('reserved_in_processing_units', sa.BigInteger(), nullable=True, comment='Of the reserved units, those being handled in a warehouse.'),
    sa.Column('researching_units', sa.BigInteger(), nullable=True, comment='Units Amazon is looking for.'),
    sa.Column('unsellable_units', sa.BigInteger(), nullable=True, comment='Units that cannot be sold: damaged, defective or expired.'),
    sa.Column('total_units', sa.BigInteger(), nullable=True, comment='Units in warehouses and on their way.'),
    sa.Column('last_updated_at_utc', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='When Amazon last counted; blank for a SKU without stock.'),
    sa.Column('document_id', sa.Text(), nullable=False, comment='the document it came from'),
    sa.Column('line', sa.Integer(), nullable=False, comment='its line in that document'),
    sa.Column('observed_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False, comment='when Amazon made that document'),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], ),
    sa.PrimaryKeyConstraint('store_id', 'marketplace', 'snapshot_on', 'sku', name=op.f('pk_inventory_summary')),
    comment="One SKU's FBA stock at the newest look of a day"
    )


def downgrade() -> None:
    op.drop_table('inventory_summary')
    op.drop_column('report_window', 'entered_on')
    op.drop_column('report_window', 'asins')
    op.drop_column('report_window', 'part')
