"""Addresses beside Slack, what became of each message on its way to them, and the sweep for doubles
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mirror',
    sa.Column('address', sa.Text(), nullable=False, comment='name of the environment variable that holds the address'),
    sa.Column('hears_from', sellerwatch.warehouse.types.Instant(), nullable=False, comment='messages decided before are not sent there'),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_mirror')),
    comment='Addresses beside Slack that hear what a channel hears, since they were first seen'
    )
    op.create_table('sweep',
    sa.Column('transport', sa.Text(), nullable=False, comment='slack'),
    sa.Column('swept_until', sellerwatch.warehouse.types.Instant(), nullable=False, comment='what was delivered before was looked through'),
    sa.PrimaryKeyConstraint('transport', name=op.f('pk_sweep')),
    comment='Up to when delivered messages were looked through for doubles'
    )
    op.create_table('mirrored_message',
    sa.Column('key', sa.Text(), nullable=False, comment='the message of the outbox'),
    sa.Column('address', sa.Text(), nullable=False, comment='name of the environment variable that holds the address'),
    sa.Column('state', sa.Text(), nullable=False, comment='pending, sending, sent, dead, or left out because it is not for post-only channels'),
    sa.Column('not_before', sellerwatch.warehouse.types.Instant(), nullable=False, comment='no attempt before this instant'),
    sa.Column('lease_until', sellerwatch.warehouse.types.Instant(), nullable=True, comment='until then the claiming process may still be sending'),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', sellerwatch.warehouse.types.Instant(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True, comment='the last failure, without the address'),
    sa.CheckConstraint("state IN ('pending','sending','sent','dead','left_out')", name=op.f('ck_mirrored_message_state')),
    sa.ForeignKeyConstraint(['key'], ['outbox.key'], name=op.f('fk_mirrored_message_key_outbox')),
    sa.PrimaryKeyConstraint('key', 'address', name=op.f('pk_mirrored_message')),
    comment='What became of each message on its way to an address beside Slack'
    )
    op.create_index('ix_mirrored_message_open', 'mirrored_message', ['state', 'address'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_mirrored_message_open', table_name='mirrored_message')
    op.drop_table('mirrored_message')
    op.drop_table('sweep')
    op.drop_table('mirror')
