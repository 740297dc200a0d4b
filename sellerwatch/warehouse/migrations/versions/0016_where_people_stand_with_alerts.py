"""Where people stand with each alert, and the buttons they pressed
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('response',
    sa.Column('thread_key', sa.Text(), nullable=False, comment="the episode's conversation, as in the outbox"),
    sa.Column('fingerprint', sa.Text(), nullable=False, comment='the alert'),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('state', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='where people stand: tier, acknowledgement, snooze, last call'),
    sa.Column('policy', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='whom to call when, as configured when the episode began'),
    sa.Column('due_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=True, comment='when time alone changes something next; empty where it never does'),
    sa.Column('handled_tier', sa.Text(), nullable=True, comment='a person called it over at this tier, and the data has not agreed yet'),
    sa.Column('handled_for', sa.Date(), nullable=True, comment='the newest business day judged when they did'),
    sa.Column('event_count', sa.Integer(), nullable=False, comment='number of the last event'),
    sa.Column('rev', sa.Integer(), nullable=False, comment='guards every update'),
    sa.PrimaryKeyConstraint('thread_key', name=op.f('pk_response')),
    comment='Where people stand with each episode of an alert'
    )
    op.create_index('ix_response_due', 'response', ['due_at'], unique=False)
    op.create_index('ix_response_handled', 'response', ['store_id', 'handled_tier'], unique=False)
    op.create_table('response_event',
    sa.Column('thread_key', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment="1 for the episode's first event"),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('tier', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True, comment="Slack's id of the person, where one acted or is asked"),
    sa.Column('user_name', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True, comment='the role that is called, where one is'),
    sa.Column('happened_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('thread_key', 'number', name=op.f('pk_response_event')),
    comment='Every transition of people and time'
    )
    op.create_table('slack_action',
    sa.Column('envelope_id', sa.Text(), nullable=False, comment="Slack's id of the delivery; the same one may come again"),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('user_name', sa.Text(), nullable=False),
    sa.Column('action_ts', sa.Text(), nullable=False, comment="Slack's id of the press; with the user it is the same however delivered"),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False, comment='the episode and revision that the button showed'),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('thread_ts', sa.Text(), nullable=False, comment='the thread that the button stands in; empty for one of a root'),
    sa.Column('received_at', sellerwatch.warehouse.types.Instant(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False, comment='received, done or refused'),
    sa.Column('answer', sa.Text(), nullable=True, comment='why it was refused'),
    sa.CheckConstraint("state IN ('received','done','refused')", name=op.f('ck_slack_action_state')),
    sa.PrimaryKeyConstraint('envelope_id', name=op.f('pk_slack_action')),
    sa.UniqueConstraint('user_id', 'action_ts', name=op.f('uq_slack_action_user_id_action_ts')),
    comment='Every button that was pressed in Slack, stored before anything follows from it'
    )
    op.create_index('ix_slack_action_state', 'slack_action', ['state'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_slack_action_state', table_name='slack_action')
    op.drop_table('slack_action')
    op.drop_table('response_event')
    op.drop_index('ix_response_handled', table_name='response')
    op.drop_index('ix_response_due', table_name='response')
    op.drop_table('response')
