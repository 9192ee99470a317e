"""The map."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('markets_map_feature',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('market_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('geometry', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('street', 'landmark', 'water', 'boundary')", name=op.f('ck_markets_map_feature_kind')),
    sa.CheckConstraint("(kind = 'boundary') = (market_id IS NOT NULL)", name=op.f('ck_markets_map_feature_boundary_of')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_map_feature_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_map_feature')),
    sa.UniqueConstraint('market_id', name=op.f('uq_markets_map_feature_market_id'))
    )
    with op.batch_alter_table('markets_map_feature', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_markets_map_feature_kind'), ['kind'], unique=False)

    op.create_table('markets_map_sheet',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('market_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('west', sa.Double(), nullable=False),
    sa.Column('south', sa.Double(), nullable=False),
    sa.Column('east', sa.Double(), nullable=False),
    sa.Column('north', sa.Double(), nullable=False),
    sa.Column('layers', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_map_sheet_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_map_sheet')),
    sa.UniqueConstraint('market_id', name=op.f('uq_markets_map_sheet_market_id'))
    )


def downgrade() -> None:
    op.drop_table('markets_map_sheet')
    with op.batch_alter_table('markets_map_feature', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_markets_map_feature_kind'))

    op.drop_table('markets_map_feature')
