"""What an evaluation needs to be folded again: its period, the tiers it lay in, and whether it was the present

Of evaluations that were kept before, the tier that they led to stands for the tiers that they lay in. A check cannot be altered in
SQLite, so that the table of alerts is made anew there and then here too.
"""

import sqlalchemy as sa
from alembic import op

import sellerwatch.warehouse.types

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

ALERT = (
    'fingerprint, rule, store_id, marketplace, subject_kind, subject, status, tier, episode, value, judged_for, state, '
    'state_before, event_count, rev'
)
DEPTH = "CASE tier WHEN 'yellow' THEN 1 WHEN 'orange' THEN 2 WHEN 'red' THEN 3 ELSE 0 END"


def upgrade() -> None:
    _make_alert_anew("'inactive','pending','firing','recovering','resolved','closed'", 'inactive, pending, firing, recovering, resolved or closed')
    with op.batch_alter_table('evaluation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('valued_on', sa.Date(), nullable=True, comment='the period that the value is of'))
        batch_op.add_column(sa.Column('entered', sa.Integer(), server_default='0', nullable=False, comment='depth of the tier entered: 0 none, 3 red'))
        batch_op.add_column(sa.Column('kept', sa.Integer(), server_default='0', nullable=False, comment='depth of the tier not yet left'))
        batch_op.add_column(sa.Column('is_well', sa.Boolean(), server_default=sa.false(), nullable=False, comment='so good that it resolves at once'))
        batch_op.add_column(sa.Column('is_live', sa.Boolean(), server_default=sa.true(), nullable=False, comment='false for history: it moved no condition'))
    op.execute(f"UPDATE evaluation SET entered = {DEPTH}, kept = {DEPTH}, valued_on = as_of WHERE outcome = 'value'")


def downgrade() -> None:
    with op.batch_alter_table('evaluation', schema=None) as batch_op:
        for name in ('is_live', 'is_well', 'kept', 'entered', 'valued_on'):
            batch_op.drop_column(name)
    op.execute("UPDATE alert SET status = 'inactive' WHERE status = 'pending'")
    _make_alert_anew("'inactive','firing','recovering','resolved','closed'", 'inactive, firing, recovering, resolved or closed')


def _make_alert_anew(statuses: str, said: str) -> None:
    op.execute(f"CREATE TABLE alert_kept AS SELECT {ALERT} FROM alert")
    op.drop_table('alert')
    op.create_table('alert',
    sa.Column('fingerprint', sa.Text(), nullable=False, comment='rule, store, marketplace and subject; never tier or value'),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('store_id', sa.Text(), nullable=False),
    sa.Column('marketplace', sa.Text(), nullable=False),
    sa.Column('subject_kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment=said),
    sa.Column('tier', sa.Text(), nullable=True, comment='yellow, orange or red while open'),
    sa.Column('episode', sa.Integer(), nullable=False, comment='number of the firing life'),
    sa.Column('value', sa.Double(), nullable=True, comment='the last judged value'),
    sa.Column('judged_for', sa.Date(), nullable=False, comment='the newest business day judged'),
    sa.Column('state', sellerwatch.warehouse.types.CanonicalJson(), nullable=False, comment='the whole condition after judged_for'),
    sa.Column('state_before', sellerwatch.warehouse.types.CanonicalJson(), nullable=True, comment='the condition before judged_for, so that the day can be judged again'),
    sa.Column('event_count', sa.Integer(), nullable=False, comment='number of the last event'),
    sa.Column('rev', sa.Integer(), nullable=False, comment='guards every update'),
    sa.CheckConstraint(f"status IN ({statuses})", name=op.f('ck_alert_status')),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_alert')),
    comment='The state of one rule on one subject'
    )
    op.execute(f"INSERT INTO alert ({ALERT}) SELECT {ALERT} FROM alert_kept")
    op.drop_table('alert_kept')
    op.create_index('ix_alert_open', 'alert', ['store_id', 'status'], unique=False)
