"""How each alert is told: a message of its own, a row of a digest, or held back"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tellings()
    _make_digests()
    _make_doubts()


def _make_tellings() -> None:
    op.create_table('alert_telling',
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False, comment='root: a message of its own; digest: a row of one; held: not told yet; none: never told'),
    sa.Column('thread_key', sa.Text(), nullable=True, comment='the conversation that tells it'),
    sa.Column('held_by', sa.Text(), nullable=True, comment="what holds news back: an alert's fingerprint, a mass change, or mute"),
    sa.Column('freed_on', sa.Date(), nullable=True, comment='the night that ended the holding; what still fires is told by a later one'),
    sa.Column('event_number', sa.Integer(), nullable=False, comment='the newest event that people see'),
    sa.Column('status', sa.Text(), nullable=True, comment='the status that people see'),
    sa.Column('tier', sa.Text(), nullable=True, comment='the tier that people were told of'),
    sa.Column('is_behind', sa.Boolean(), nullable=False, comment='something was held back that people have yet to be told'),
    sa.Column('holds', sa.Integer(), nullable=False, comment='how many alerts its message says it holds back'),
    sa.CheckConstraint("how IN ('root','digest','held','none')", name=op.f('ck_alert_telling_how')),
    sa.PrimaryKeyConstraint('fingerprint', 'episode', name=op.f('pk_alert_telling')),
    comment='How each episode of an alert is told'
    )
    with op.batch_alter_table('alert_telling', schema=None) as batch_op:
        batch_op.create_index('ix_alert_telling_store', ['store_id', 'held_by'], unique=False)


def _make_digests() -> None:
    op.create_table('digest',
    sa.Column('thread_key', sa.Text(), nullable=False),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False, comment='the night whose news it gathers'),
    sa.Column('rev', sa.Integer(), nullable=False, comment='guards every update'),
    sa.PrimaryKeyConstraint('thread_key', name=op.f('pk_digest')),
    comment='One message for many alerts of a channel, store and night'
    )
    op.create_table('digest_row',
    sa.Column('thread_key', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False, comment='1 for the first; it never changes'),
    sa.Column('page', sa.Integer(), nullable=False, comment='the reply that lists it; 0 for the message itself'),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('tier', sa.Text(), nullable=True, comment='the tier it was last told at'),
    sa.Column('standing', sa.Text(), nullable=False, comment='open, recovering, frozen, resolved, closed or moved'),
    sa.Column('words', sa.Text(), nullable=False, comment='its value in words'),
    sa.Column('amount', sellerwatch.warehouse.types.Micros(), nullable=True, comment='money at risk a day'),
    sa.Column('currency', sa.Text(), nullable=True),
    sa.Column('holds', sa.Integer(), nullable=False, comment='how many alerts it holds back'),
    sa.CheckConstraint("standing IN ('open','recovering','frozen','resolved','closed','moved')", name=op.f('ck_digest_row_standing')),
    sa.PrimaryKeyConstraint('thread_key', 'fingerprint', 'episode', name=op.f('pk_digest_row')),
    comment='The rows of each digest, as people see them'
    )


def _make_doubts() -> None:
    op.create_table('mass_change',
    sa.Column('thread_key', sa.Text(), nullable=False),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False, comment='the night in which too much changed'),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('subjects', sa.Integer(), nullable=False, comment='how many the rule looked at'),
    sa.Column('state', sa.Text(), nullable=False, comment='waiting, confirmed, agreed or withdrawn'),
    sa.CheckConstraint("state IN ('waiting','confirmed','agreed','withdrawn')", name=op.f('ck_mass_change_state')),
    sa.PrimaryKeyConstraint('thread_key', name=op.f('pk_mass_change')),
    comment='Nights in which so much changed that the data is doubted'
    )
    with op.batch_alter_table('mass_change', schema=None) as batch_op:
        batch_op.create_index('ix_mass_change_store', ['store_id', 'state'], unique=False)

    op.create_table('message_of_night',
    sa.Column('key', sa.Text(), nullable=False, comment="the outbox's"),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_message_of_night')),
    comment='Messages that tell of no event of one alert and night, and the night that sent them'
    )
    with op.batch_alter_table('message_of_night', schema=None) as batch_op:
        batch_op.create_index('ix_message_of_night_night', ['store_id', 'as_of'], unique=False)


def downgrade() -> None:
    op.drop_table('message_of_night')
    op.drop_table('mass_change')
    op.drop_table('digest_row')
    op.drop_table('digest')
    op.drop_table('alert_telling')
