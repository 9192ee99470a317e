"""The whole schema, as version 0.2.0 has it.

Databases with a revision below 0200 were made before there was a version that ran anywhere: `flask db upgrade` refuses
them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0200"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
WORDS = "setweight(to_tsvector('simple'::regconfig, title), 'A') || to_tsvector('simple'::regconfig, body)"
LOG_SNAPSHOT = """
INSERT INTO indicators_snapshot_log (height, frozen_on, digest)
SELECT (SELECT COALESCE(MAX(height), 0) + 1 FROM indicators_snapshot_log), NEW.frozen_on, NEW.digest
"""
ON_SQLITE = (
    # Words are indexed folded and in lower case: the tokenizer only has to split them.
    """CREATE VIRTUAL TABLE home_search USING fts5
    (kind UNINDEXED, item_id UNINDEXED, lang UNINDEXED, position UNINDEXED, title, body,
    tokenize='unicode61 remove_diacritics 0', prefix='2 3 4')""",
    # What is deleted is gone from the file too.
    "INSERT INTO home_search(home_search, rank) VALUES ('secure-delete', 1)",
    """CREATE TRIGGER indicators_snapshot_is_frozen BEFORE UPDATE ON indicators_snapshot
    BEGIN SELECT RAISE(ABORT, 'a snapshot is never changed'); END""",
    f"CREATE TRIGGER indicators_snapshot_is_logged AFTER INSERT ON indicators_snapshot BEGIN {LOG_SNAPSHOT}; END",
    """CREATE TRIGGER indicators_snapshot_log_stays BEFORE DELETE ON indicators_snapshot_log
    BEGIN SELECT RAISE(ABORT, 'the log of snapshots stays'); END""",
    """CREATE TRIGGER indicators_snapshot_log_is_frozen BEFORE UPDATE ON indicators_snapshot_log
    BEGIN SELECT RAISE(ABORT, 'the log of snapshots stays'); END""",
)
ON_POSTGRESQL = (
    """CREATE FUNCTION indicators_snapshot_is_frozen() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a snapshot is never changed'; END $$""",
    """CREATE TRIGGER indicators_snapshot_is_frozen BEFORE UPDATE ON indicators_snapshot
    FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_is_frozen()""",
    f"""CREATE FUNCTION indicators_snapshot_is_logged() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {LOG_SNAPSHOT}; RETURN NEW; END $$""",
    """CREATE TRIGGER indicators_snapshot_is_logged AFTER INSERT ON indicators_snapshot
    FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_is_logged()""",
    """CREATE FUNCTION indicators_snapshot_log_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the log of snapshots stays'; END $$""",
    """CREATE TRIGGER indicators_snapshot_log_stays BEFORE UPDATE OR DELETE ON indicators_snapshot_log
    FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_log_stays()""",
)


def upgrade() -> None:
    op.create_table('accounts_desk',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('recovery_public_key', sa.LargeBinary(), nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('triage', 'oversight', 'team', 'police', 'outreach', 'property', 'circle')", name=op.f('ck_accounts_desk_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_desk'))
    )
    op.create_index('uq_accounts_desk_kind', 'accounts_desk', ['kind'], unique=True, sqlite_where=sa.text("kind <> 'circle'"), postgresql_where=sa.text("kind <> 'circle'"))
    op.create_table('accounts_member',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('totp_secret', sa.Text(), nullable=True),
    sa.Column('totp_last_step', ID, nullable=True),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('wrapped_private_key', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('left_at', MOMENT, nullable=True),
    sa.Column('renewed_at', MOMENT, nullable=True),
    sa.Column('passkey_offered_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_member')),
    sa.UniqueConstraint('email', name=op.f('uq_accounts_member_email'))
    )
    op.create_table('accounts_wording',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=4), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_accounts_wording'))
    )
    op.create_table('core_audit_event',
    sa.Column('id', ID, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('actor_id', ID, nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('object_type', sa.String(length=40), nullable=False),
    sa.Column('object_id', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_audit_event'))
    )
    op.create_index(op.f('ix_core_audit_event_at'), 'core_audit_event', ['at'], unique=False)
    op.create_index(op.f('ix_core_audit_event_object_type'), 'core_audit_event', ['object_type', 'object_id'], unique=False)
    op.create_table('core_cache_version',
    sa.Column('id', ID, nullable=False),
    sa.Column('number', ID, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_cache_version'))
    )
    op.create_table('core_outbox',
    sa.Column('id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('calendar', sa.LargeBinary(), nullable=True),
    sa.Column('leave', sa.Text(), nullable=True),
    sa.Column('direct', sa.Boolean(), nullable=False),
    sa.Column('urgent', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('bulk', sa.Boolean(), nullable=False),
    sa.Column('owed', sa.Boolean(), nullable=False),
    sa.Column('by_day', sa.Boolean(), nullable=False),
    sa.Column('after_id', ID, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('send_before', MOMENT, nullable=True),
    sa.Column('attempts', ID, nullable=False),
    sa.Column('lease_until', MOMENT, nullable=True),
    sa.Column('sending_since', MOMENT, nullable=True),
    sa.Column('provider_id', sa.String(length=80), nullable=True),
    sa.Column('delivery', sa.String(length=20), nullable=True),
    sa.Column('failure', sa.String(length=60), nullable=True),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('text', 'mail')", name=op.f('ck_core_outbox_kind')),
    sa.CheckConstraint("state IN ('due', 'sending', 'unknown', 'sent', 'failed', 'stale', 'suppressed')", name=op.f('ck_core_outbox_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_outbox')),
    sa.UniqueConstraint('provider_id', name=op.f('uq_core_outbox_provider_id'))
    )
    op.create_index(op.f('ix_core_outbox_after_id'), 'core_outbox', ['after_id'], unique=False)
    op.create_index(op.f('ix_core_outbox_settled_on'), 'core_outbox', ['settled_on'], unique=False)
    op.create_index(op.f('ix_core_outbox_state'), 'core_outbox', ['state', 'due_at'], unique=False)
    op.create_table('core_purge',
    sa.Column('id', ID, nullable=False),
    sa.Column('ran_at', MOMENT, nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('count', ID, nullable=False),
    sa.Column('held', ID, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_purge'))
    )
    op.create_index(op.f('ix_core_purge_ran_at'), 'core_purge', ['ran_at'], unique=False)
    op.create_table('core_setting',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('changed_at', MOMENT, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_core_setting'))
    )
    op.create_table('core_setting_change',
    sa.Column('id', ID, nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_setting_change'))
    )
    op.create_index(op.f('ix_core_setting_change_name'), 'core_setting_change', ['name'], unique=False)
    op.create_table('core_turn',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('done_for', MOMENT, nullable=False),
    sa.Column('taken_until', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_core_turn'))
    )
    op.create_table('core_waiting_change',
    sa.Column('id', ID, nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_waiting_change'))
    )
    op.create_table('doctor_check',
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('checked_at', MOMENT, nullable=False),
    sa.CheckConstraint("state IN ('look', 'unchecked', 'good')", name=op.f('ck_doctor_check_state')),
    sa.PrimaryKeyConstraint('what', name=op.f('pk_doctor_check'))
    )
    op.create_table('following_follower',
    sa.Column('id', ID, nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('contact_hash', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f('ck_following_follower_channel')),
    sa.CheckConstraint("language IN ('en', 'es')", name=op.f('ck_following_follower_language')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_following_follower')),
    sa.UniqueConstraint('contact_hash', name=op.f('uq_following_follower_contact_hash'))
    )
    op.create_table('following_refusal',
    sa.Column('contact_hash', sa.String(length=64), nullable=False),
    sa.Column('refused_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('contact_hash', name=op.f('pk_following_refusal'))
    )
    op.create_table('following_wording',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=4), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_following_wording'))
    )
    op.create_table('home_demand_count',
    sa.Column('id', ID, nullable=False),
    sa.Column('year', ID, nullable=False),
    sa.Column('quarter', ID, nullable=False),
    sa.Column('by_court', ID, nullable=False),
    sa.Column('by_agency', ID, nullable=False),
    sa.Column('by_public', ID, nullable=False),
    sa.Column('refused', ID, nullable=False),
    sa.Column('answered', ID, nullable=False),
    sa.Column('handed_en', sa.Text(), nullable=False),
    sa.Column('handed_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('answered BETWEEN 0 AND by_court + by_agency + by_public', name=op.f('ck_home_demand_count_answered')),
    sa.CheckConstraint('by_court >= 0 AND by_agency >= 0 AND by_public >= 0', name=op.f('ck_home_demand_count_counts')),
    sa.CheckConstraint('quarter BETWEEN 1 AND 4', name=op.f('ck_home_demand_count_quarter')),
    sa.CheckConstraint('refused BETWEEN 0 AND by_court + by_agency + by_public', name=op.f('ck_home_demand_count_refused')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_home_demand_count')),
    sa.UniqueConstraint('year', 'quarter', name=op.f('uq_home_demand_count_year_quarter'))
    )
    op.create_table('home_operator',
    sa.Column('id', ID, nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('hours_en', sa.Text(), nullable=False),
    sa.Column('hours_es', sa.Text(), nullable=False),
    sa.Column('notices_en', sa.Text(), nullable=False),
    sa.Column('notices_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_home_operator_only')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_home_operator'))
    )
    op.create_table('indicators_drawing',
    sa.Column('id', ID, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=False),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('form', sa.String(length=6), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("form IN ('narrow', 'wide')", name=op.f('ck_indicators_drawing_form')),
    sa.CheckConstraint("lang IN ('en', 'es')", name=op.f('ck_indicators_drawing_lang')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_drawing')),
    sa.UniqueConstraint('digest', 'slug', 'measure', 'lang', 'form', name=op.f('uq_indicators_drawing_digest_slug_measure_lang_form'))
    )
    op.create_table('indicators_measure',
    sa.Column('id', ID, nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('direction', sa.String(length=20), nullable=False),
    sa.Column('of_key', sa.String(length=40), nullable=True),
    sa.Column('lag_days', ID, nullable=False),
    sa.Column('guarded', sa.Boolean(), nullable=False),
    sa.Column('counted_anyway', sa.Boolean(), nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('residents', ID, nullable=True),
    sa.Column('city_only', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('about_en', sa.Text(), nullable=False),
    sa.Column('about_es', sa.Text(), nullable=False),
    sa.Column('source_en', sa.Text(), nullable=False),
    sa.Column('source_es', sa.Text(), nullable=False),
    sa.Column('unit_en', sa.Text(), nullable=False),
    sa.Column('unit_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("direction IN ('down', 'up', 'neither')", name=op.f('ck_indicators_measure_direction')),
    sa.CheckConstraint("kind <> 'policing' OR guarded", name=op.f('ck_indicators_measure_policing')),
    sa.CheckConstraint("kind IN ('crime', 'calls', 'survey', 'service', 'portal', 'policing')", name=op.f('ck_indicators_measure_kind')),
    sa.CheckConstraint('lag_days BETWEEN 0 AND 366', name=op.f('ck_indicators_measure_lag')),
    sa.CheckConstraint('of_key IS NULL OR of_key <> key', name=op.f('ck_indicators_measure_of_another')),
    sa.CheckConstraint('residents IS NULL OR residents BETWEEN 0 AND 100', name=op.f('ck_indicators_measure_residents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_measure')),
    sa.UniqueConstraint('key', name=op.f('uq_indicators_measure_key'))
    )
    op.create_table('indicators_snapshot',
    sa.Column('id', ID, nullable=False),
    sa.Column('frozen_on', sa.Date(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_snapshot')),
    sa.UniqueConstraint('digest', name=op.f('uq_indicators_snapshot_digest')),
    sa.UniqueConstraint('frozen_on', name=op.f('uq_indicators_snapshot_frozen_on'))
    )
    op.create_table('indicators_snapshot_log',
    sa.Column('height', ID, autoincrement=False, nullable=False),
    sa.Column('frozen_on', sa.Date(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('height', name=op.f('pk_indicators_snapshot_log'))
    )
    op.create_table('indicators_source',
    sa.Column('id', ID, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('changed_at', MOMENT, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_source'))
    )
    op.create_table('meetings_wording',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=4), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_meetings_wording'))
    )
    op.create_table('news_tag',
    sa.Column('id', ID, nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_news_tag')),
    sa.UniqueConstraint('slug', name=op.f('uq_news_tag_slug'))
    )
    op.create_table('organisations_organisation',
    sa.Column('id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("kind IN ('congregation', 'group', 'agency', 'police')", name=op.f('ck_organisations_organisation_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations_organisation'))
    )
    op.create_table('reports_complaint_month',
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('filed', ID, nullable=False),
    sa.CheckConstraint('filed >= 0', name=op.f('ck_reports_complaint_month_count')),
    sa.PrimaryKeyConstraint('month_on', name=op.f('pk_reports_complaint_month'))
    )
    op.create_table('sms_delivery_word',
    sa.Column('id', ID, nullable=False),
    sa.Column('provider_id', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('error_code', sa.String(length=10), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_delivery_word')),
    sa.UniqueConstraint('provider_id', 'status', name=op.f('uq_sms_delivery_word_provider_id_status'))
    )
    op.create_index(op.f('ix_sms_delivery_word_received_on'), 'sms_delivery_word', ['received_on'], unique=False)
    op.create_table('sms_inbound',
    sa.Column('id', ID, nullable=False),
    sa.Column('provider', sa.String(length=12), nullable=False),
    sa.Column('message_hash', sa.String(length=64), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_inbound')),
    sa.UniqueConstraint('provider', 'message_hash', name=op.f('uq_sms_inbound_provider_message_hash'))
    )
    op.create_index(op.f('ix_sms_inbound_received_on'), 'sms_inbound', ['received_on'], unique=False)
    op.create_table('sms_known_sender',
    sa.Column('phone_hash', sa.String(length=64), nullable=False),
    sa.Column('sender', sa.String(length=30), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('phone_hash', name=op.f('pk_sms_known_sender'))
    )
    op.create_index(op.f('ix_sms_known_sender_last_on'), 'sms_known_sender', ['last_on'], unique=False)
    op.create_table('sms_opt_out',
    sa.Column('sender_hash', sa.String(length=64), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('how', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('sender_hash', name=op.f('pk_sms_opt_out'))
    )
    op.create_table('sms_pace',
    sa.Column('sender', sa.String(length=30), nullable=False),
    sa.Column('level', sa.Double(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('sender', name=op.f('pk_sms_pace'))
    )
    op.create_table('sms_provider_copy',
    sa.Column('id', ID, nullable=False),
    sa.Column('names', sa.Text(), nullable=False),
    sa.Column('message_id', ID, nullable=True),
    sa.Column('sends_again', sa.Boolean(), nullable=False),
    sa.Column('since', MOMENT, nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('attempts', ID, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_provider_copy')),
    sa.UniqueConstraint('message_id', name=op.f('uq_sms_provider_copy_message_id'))
    )
    op.create_index(op.f('ix_sms_provider_copy_due_at'), 'sms_provider_copy', ['due_at'], unique=False)
    op.create_table('sms_text_count',
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('what', sa.String(length=60), nullable=False),
    sa.Column('total', ID, nullable=False),
    sa.PrimaryKeyConstraint('month_on', 'what', name=op.f('pk_sms_text_count'))
    )
    op.create_table('sms_unsorted',
    sa.Column('id', ID, nullable=False),
    sa.Column('sender_hash', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('cancels', sa.Boolean(), nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_unsorted')),
    sa.UniqueConstraint('sender_hash', name=op.f('uq_sms_unsorted_sender_hash'))
    )
    op.create_index(op.f('ix_sms_unsorted_expires_at'), 'sms_unsorted', ['expires_at'], unique=False)
    op.create_table('sms_code_part',
    sa.Column('sender_hash', sa.String(length=64), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('sender_hash', name=op.f('pk_sms_code_part'))
    )
    op.create_index(op.f('ix_sms_code_part_expires_at'), 'sms_code_part', ['expires_at'], unique=False)
    op.create_table('sms_wording',
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=4), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_sms_wording'))
    )
    op.create_table('accounts_begin_anew',
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('asked_by_id', ID, nullable=False),
    sa.Column('asked_at', MOMENT, nullable=False),
    sa.Column('agreed_by_id', ID, nullable=True),
    sa.ForeignKeyConstraint(['agreed_by_id'], ['accounts_member.id'], name=op.f('fk_accounts_begin_anew_agreed_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['asked_by_id'], ['accounts_member.id'], name=op.f('fk_accounts_begin_anew_asked_by_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_accounts_begin_anew_desk_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('desk_id', name=op.f('pk_accounts_begin_anew'))
    )
    op.create_table('accounts_desk_key',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('recovery_copy', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('retired_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_accounts_desk_key_desk_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_desk_key'))
    )
    op.create_index(op.f('ix_accounts_desk_key_desk_id'), 'accounts_desk_key', ['desk_id'], unique=False)
    op.create_index('uq_accounts_desk_key_active', 'accounts_desk_key', ['desk_id'], unique=True, sqlite_where=sa.text('retired_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL'))
    op.create_table('accounts_desk_member',
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('since', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_accounts_desk_member_desk_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_desk_member_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('desk_id', 'member_id', name=op.f('pk_accounts_desk_member'))
    )
    op.create_table('accounts_invitation',
    sa.Column('id', ID, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('roles', sa.String(length=300), nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('invited_by_id', ID, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['invited_by_id'], ['accounts_member.id'], name=op.f('fk_accounts_invitation_invited_by_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_invitation_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_invitation')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_accounts_invitation_token_hash'))
    )
    op.create_table('accounts_passkey',
    sa.Column('id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', ID, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('signs_in', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('wrapped_private_key', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_passkey_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_accounts_passkey_credential_id'))
    )
    op.create_index(op.f('ix_accounts_passkey_member_id'), 'accounts_passkey', ['member_id'], unique=False)
    op.create_table('accounts_reach',
    sa.Column('member_id', ID, nullable=False),
    sa.Column('way', sa.String(length=20), nullable=False),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('contact_hash', sa.String(length=64), nullable=True),
    sa.Column('agreed_on', sa.Date(), nullable=True),
    sa.Column('wording', sa.String(length=16), nullable=True),
    sa.Column('proved_on', sa.Date(), nullable=True),
    sa.Column('asked_at', MOMENT, nullable=True),
    sa.CheckConstraint("way <> 'text' OR proved_on IS NOT NULL", name=op.f('ck_accounts_reach_proved')),
    sa.CheckConstraint("way IN ('mail', 'text', 'none')", name=op.f('ck_accounts_reach_way')),
    sa.CheckConstraint('(agreed_on IS NULL) = (wording IS NULL)', name=op.f('ck_accounts_reach_wording')),
    sa.CheckConstraint('(contact IS NULL) = (agreed_on IS NULL)', name=op.f('ck_accounts_reach_agreed')),
    sa.CheckConstraint('(contact IS NULL) = (contact_hash IS NULL)', name=op.f('ck_accounts_reach_contact')),
    sa.CheckConstraint('proved_on IS NULL OR contact IS NOT NULL', name=op.f('ck_accounts_reach_whose')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_reach_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wording'], ['accounts_wording.version'], name=op.f('fk_accounts_reach_wording')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_accounts_reach'))
    )
    op.create_index(op.f('ix_accounts_reach_contact_hash'), 'accounts_reach', ['contact_hash'], unique=False)
    op.create_table('accounts_recovery_code',
    sa.Column('id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_recovery_code_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_recovery_code'))
    )
    op.create_index(op.f('ix_accounts_recovery_code_member_id'), 'accounts_recovery_code', ['member_id'], unique=False)
    op.create_table('accounts_reminded',
    sa.Column('id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Text(), nullable=False),
    sa.Column('nearness', sa.Text(), nullable=False),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=False),
    sa.Column('message_id', ID, nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_reminded_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['core_outbox.id'], name=op.f('fk_accounts_reminded_message_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_reminded')),
    sa.UniqueConstraint('member_id', 'mark', name=op.f('uq_accounts_reminded_member_id_mark'))
    )
    op.create_index(op.f('ix_accounts_reminded_message_id'), 'accounts_reminded', ['message_id'], unique=False)
    op.create_index(op.f('ix_accounts_reminded_told_on'), 'accounts_reminded', ['told_on'], unique=False)
    op.create_table('accounts_removal',
    sa.Column('member_id', ID, nullable=False),
    sa.Column('removed_at', MOMENT, nullable=False),
    sa.Column('roles', sa.String(length=300), nullable=False),
    sa.Column('circles', sa.JSON(), nullable=False),
    sa.Column('copies', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_removal_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_accounts_removal'))
    )
    op.create_table('accounts_role_held',
    sa.Column('member_id', ID, nullable=False),
    sa.Column('role', sa.String(length=30), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_role_held_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', 'role', name=op.f('pk_accounts_role_held'))
    )
    op.create_table('commitments_hearing',
    sa.Column('id', ID, nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.CheckConstraint('closes_on >= opens_on', name=op.f('ck_commitments_hearing_order')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_commitments_hearing_author_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments_hearing'))
    )
    op.create_table('indicators_import',
    sa.Column('id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('source_name', sa.String(length=80), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('rows', ID, nullable=False),
    sa.Column('cells', ID, nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('undone_at', MOMENT, nullable=True),
    sa.Column('changes', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("kind IN ('months', 'incidents')", name=op.f('ck_indicators_import_kind')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_indicators_import_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_import'))
    )
    op.create_index(op.f('ix_indicators_import_member_id'), 'indicators_import', ['member_id'], unique=False)
    op.create_table('indicators_upload',
    sa.Column('id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('source_id', ID, nullable=True),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('size', ID, nullable=False),
    sa.Column('sent_at', MOMENT, nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('progress', ID, nullable=False),
    sa.Column('taken_until', MOMENT, nullable=True),
    sa.Column('problem', sa.String(length=20), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('head', sa.LargeBinary(), nullable=True),
    sa.Column('counted', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("kind IN ('months', 'incidents')", name=op.f('ck_indicators_upload_kind')),
    sa.CheckConstraint("state IN ('sent', 'asking', 'waiting', 'counted', 'failed')", name=op.f('ck_indicators_upload_state')),
    sa.CheckConstraint('progress BETWEEN 0 AND 100', name=op.f('ck_indicators_upload_progress')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_indicators_upload_member_id')),
    sa.ForeignKeyConstraint(['source_id'], ['indicators_source.id'], name=op.f('fk_indicators_upload_source_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_upload'))
    )
    op.create_index(op.f('ix_indicators_upload_member_id'), 'indicators_upload', ['member_id'], unique=False)
    op.create_index(op.f('ix_indicators_upload_sent_at'), 'indicators_upload', ['sent_at'], unique=False)
    op.create_table('markets_market',
    sa.Column('id', ID, nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('owner_id', ID, nullable=True),
    sa.Column('deputy_id', ID, nullable=True),
    sa.Column('usual_signals', sa.Double(), nullable=False),
    sa.Column('slipping_signals', sa.Double(), nullable=False),
    sa.Column('alarm_at', sa.Double(), nullable=False),
    sa.Column('released_at', MOMENT, nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('own_name_en', sa.Text(), nullable=False),
    sa.Column('own_name_es', sa.Text(), nullable=False),
    sa.Column('about_en', sa.Text(), nullable=False),
    sa.Column('about_es', sa.Text(), nullable=False),
    sa.Column('services_en', sa.Text(), nullable=False),
    sa.Column('services_es', sa.Text(), nullable=False),
    sa.Column('why_here_en', sa.Text(), nullable=False),
    sa.Column('why_here_es', sa.Text(), nullable=False),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_markets_market_original')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_markets_market_translation')),
    sa.CheckConstraint('owner_id IS NULL OR deputy_id IS NULL OR owner_id <> deputy_id', name=op.f('ck_markets_market_two_people')),
    sa.CheckConstraint('usual_signals > 0 AND slipping_signals > usual_signals AND alarm_at > 0', name=op.f('ck_markets_market_baseline')),
    sa.ForeignKeyConstraint(['deputy_id'], ['accounts_member.id'], name=op.f('fk_markets_market_deputy_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['accounts_member.id'], name=op.f('fk_markets_market_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_market')),
    sa.UniqueConstraint('slug', name=op.f('uq_markets_market_slug'))
    )
    op.create_table('meetings_venue',
    sa.Column('id', ID, nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('organisation_id', ID, nullable=True),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('place_en', sa.Text(), nullable=False),
    sa.Column('place_es', sa.Text(), nullable=False),
    sa.Column('access_en', sa.Text(), nullable=False),
    sa.Column('access_es', sa.Text(), nullable=False),
    sa.Column('host_en', sa.Text(), nullable=False),
    sa.Column('host_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations_organisation.id'], name=op.f('fk_meetings_venue_organisation_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_venue'))
    )
    op.create_index(op.f('ix_meetings_venue_organisation_id'), 'meetings_venue', ['organisation_id'], unique=False)
    op.create_table('meetings_weekly_hours',
    sa.Column('id', ID, nullable=False),
    sa.Column('organisation_id', ID, nullable=False),
    sa.Column('weekday', ID, nullable=False),
    sa.Column('starts', sa.Time(), nullable=False),
    sa.Column('ends', sa.Time(), nullable=False),
    sa.CheckConstraint('ends > starts', name=op.f('ck_meetings_weekly_hours_order')),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_meetings_weekly_hours_weekday')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations_organisation.id'], name=op.f('fk_meetings_weekly_hours_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_weekly_hours'))
    )
    op.create_index(op.f('ix_meetings_weekly_hours_organisation_id'), 'meetings_weekly_hours', ['organisation_id'], unique=False)
    op.create_table('news_guide',
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('year', ID, nullable=True),
    sa.Column('written_in', sa.String(length=20), nullable=False),
    sa.Column('author_id', ID, nullable=True),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('about_en', sa.Text(), nullable=False),
    sa.Column('about_es', sa.Text(), nullable=False),
    sa.Column('body_en', sa.Text(), nullable=False),
    sa.Column('body_es', sa.Text(), nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_news_guide_original')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_news_guide_translation')),
    sa.CheckConstraint("written_in IN ('en', 'es', 'both')", name=op.f('ck_news_guide_written_in')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_news_guide_author_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_news_guide')),
    sa.UniqueConstraint('slug', name=op.f('uq_news_guide_slug'))
    )
    op.create_index(op.f('ix_news_guide_published_at'), 'news_guide', ['published_at'], unique=False)
    op.create_table('organisations_belonging',
    sa.Column('organisation_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_organisations_belonging_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations_organisation.id'], name=op.f('fk_organisations_belonging_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organisation_id', 'member_id', name=op.f('pk_organisations_belonging'))
    )
    op.create_table('organisations_office',
    sa.Column('id', ID, nullable=False),
    sa.Column('organisation_id', ID, nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations_organisation.id'], name=op.f('fk_organisations_office_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations_office'))
    )
    op.create_index(op.f('ix_organisations_office_organisation_id'), 'organisations_office', ['organisation_id'], unique=False)
    op.create_table('partners_circle',
    sa.Column('id', ID, nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('with_police', sa.Boolean(), nullable=False),
    sa.Column('founded_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('purpose_en', sa.Text(), nullable=False),
    sa.Column('purpose_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("kind IN ('moral_voice', 'reconciliation', 'work')", name=op.f('ck_partners_circle_kind')),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_partners_circle_desk_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_circle')),
    sa.UniqueConstraint('desk_id', name=op.f('uq_partners_circle_desk_id'))
    )
    op.create_table('reports_saved_answer',
    sa.Column('id', ID, nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('changed_by_id', ID, nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('answer_en', sa.Text(), nullable=False),
    sa.Column('answer_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['accounts_member.id'], name=op.f('fk_reports_saved_answer_changed_by_id')),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_reports_saved_answer_desk_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_saved_answer'))
    )
    op.create_index(op.f('ix_reports_saved_answer_desk_id'), 'reports_saved_answer', ['desk_id'], unique=False)
    op.create_table('reports_taught',
    sa.Column('id', ID, nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('written_on', sa.Date(), nullable=False),
    sa.Column('written_by_id', ID, nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=True),
    sa.Column('desk_key_id', ID, nullable=True),
    sa.Column('key_for_desk', sa.LargeBinary(), nullable=True),
    sa.Column('plain', sa.Text(), nullable=True),
    sa.CheckConstraint('(box IS NULL) <> (plain IS NULL)', name=op.f('ck_reports_taught_sealed_or_plain')),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_reports_taught_desk_id')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_taught_desk_key_id')),
    sa.ForeignKeyConstraint(['written_by_id'], ['accounts_member.id'], name=op.f('fk_reports_taught_written_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_taught'))
    )
    op.create_index(op.f('ix_reports_taught_desk_id'), 'reports_taught', ['desk_id'], unique=False)
    op.create_index(op.f('ix_reports_taught_written_on'), 'reports_taught', ['written_on'], unique=False)
    op.create_table('accounts_desk_key_copy',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('sealed_private_key', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_accounts_desk_key_copy_desk_key_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_desk_key_copy_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_desk_key_copy')),
    sa.UniqueConstraint('desk_key_id', 'member_id', name=op.f('uq_accounts_desk_key_copy_desk_key_id_member_id'))
    )
    op.create_index(op.f('ix_accounts_desk_key_copy_member_id'), 'accounts_desk_key_copy', ['member_id'], unique=False)
    op.create_table('accounts_sign_in',
    sa.Column('id', ID, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('wrapped_private_key', sa.LargeBinary(), nullable=False),
    sa.Column('second_factor_at', MOMENT, nullable=True),
    sa.Column('passkey_id', ID, nullable=True),
    sa.Column('without_password', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('seen_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_accounts_sign_in_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['passkey_id'], ['accounts_passkey.id'], name=op.f('fk_accounts_sign_in_passkey_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_accounts_sign_in_token_hash'))
    )
    op.create_index(op.f('ix_accounts_sign_in_member_id'), 'accounts_sign_in', ['member_id'], unique=False)
    op.create_index(op.f('ix_accounts_sign_in_passkey_id'), 'accounts_sign_in', ['passkey_id'], unique=False)
    op.create_index(op.f('ix_accounts_sign_in_seen_at'), 'accounts_sign_in', ['seen_at'], unique=False)
    op.create_table('commitments_commitment',
    sa.Column('slug', sa.String(length=80), nullable=True),
    sa.Column('office_id', ID, nullable=True),
    sa.Column('made_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('first_due_on', sa.Date(), nullable=True),
    sa.Column('verdict', sa.String(length=20), nullable=True),
    sa.Column('judged_on', sa.Date(), nullable=True),
    sa.Column('origin', sa.String(length=60), nullable=True),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('what_en', sa.Text(), nullable=False),
    sa.Column('what_es', sa.Text(), nullable=False),
    sa.Column('made_at_en', sa.Text(), nullable=False),
    sa.Column('made_at_es', sa.Text(), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_commitments_commitment_original')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_commitments_commitment_translation')),
    sa.CheckConstraint("verdict IN ('kept', 'broken')", name=op.f('ck_commitments_commitment_verdict')),
    sa.CheckConstraint('(verdict IS NULL) = (judged_on IS NULL)', name=op.f('ck_commitments_commitment_judged')),
    sa.CheckConstraint('published_at IS NULL OR (slug IS NOT NULL AND due_on IS NOT NULL)', name=op.f('ck_commitments_commitment_whole')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_commitments_commitment_author_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_commitments_commitment_market_id')),
    sa.ForeignKeyConstraint(['office_id'], ['organisations_office.id'], name=op.f('fk_commitments_commitment_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments_commitment')),
    sa.UniqueConstraint('origin', name=op.f('uq_commitments_commitment_origin')),
    sa.UniqueConstraint('slug', name=op.f('uq_commitments_commitment_slug'))
    )
    op.create_index(op.f('ix_commitments_commitment_due_on'), 'commitments_commitment', ['due_on', 'id'], unique=False)
    op.create_index(op.f('ix_commitments_commitment_market_id'), 'commitments_commitment', ['market_id'], unique=False)
    op.create_index(op.f('ix_commitments_commitment_office_id'), 'commitments_commitment', ['office_id'], unique=False)
    op.create_index(op.f('ix_commitments_commitment_published_at'), 'commitments_commitment', ['published_at'], unique=False)
    op.create_table('commitments_slip',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('hearing_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['hearing_id'], ['commitments_hearing.id'], name=op.f('fk_commitments_slip_hearing_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_commitments_slip'))
    )
    op.create_index(op.f('ix_commitments_slip_hearing_id'), 'commitments_slip', ['hearing_id'], unique=False)
    op.create_table('following_notice',
    sa.Column('id', ID, nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('send_before', MOMENT, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('words_en', sa.Text(), nullable=False),
    sa.Column('words_es', sa.Text(), nullable=False),
    sa.Column('link_en', sa.Text(), nullable=False),
    sa.Column('link_es', sa.Text(), nullable=False),
    sa.CheckConstraint("audience IN ('place', 'meeting', 'meetings', 'safety')", name=op.f('ck_following_notice_audience')),
    sa.CheckConstraint("state IN ('sending', 'done', 'paused', 'recalled')", name=op.f('ck_following_notice_state')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_following_notice_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_following_notice')),
    sa.UniqueConstraint('key', name=op.f('uq_following_notice_key'))
    )
    op.create_index(op.f('ix_following_notice_created_at'), 'following_notice', ['created_at'], unique=False)
    op.create_index(op.f('ix_following_notice_market_id'), 'following_notice', ['market_id'], unique=False)
    op.create_index(op.f('ix_following_notice_state'), 'following_notice', ['state'], unique=False)
    op.create_table('following_subscription',
    sa.Column('id', ID, nullable=False),
    sa.Column('follower_id', ID, nullable=False),
    sa.Column('about', sa.String(length=30), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('asked_at', MOMENT, nullable=False),
    sa.Column('asked_how', sa.String(length=20), nullable=False),
    sa.Column('wording', sa.String(length=16), nullable=False),
    sa.Column('confirmed_on', sa.Date(), nullable=True),
    sa.CheckConstraint("(subject = 'place') = (market_id IS NOT NULL)", name=op.f('ck_following_subscription_place')),
    sa.CheckConstraint("asked_how IN ('web', 'text')", name=op.f('ck_following_subscription_asked_how')),
    sa.CheckConstraint("subject IN ('place', 'meetings', 'safety')", name=op.f('ck_following_subscription_subject')),
    sa.ForeignKeyConstraint(['follower_id'], ['following_follower.id'], name=op.f('fk_following_subscription_follower_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_following_subscription_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wording'], ['following_wording.version'], name=op.f('fk_following_subscription_wording')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_following_subscription')),
    sa.UniqueConstraint('follower_id', 'about', name=op.f('uq_following_subscription_follower_id_about'))
    )
    op.create_index(op.f('ix_following_subscription_asked_at'), 'following_subscription', ['asked_at'], unique=False)
    op.create_index(op.f('ix_following_subscription_market_id'), 'following_subscription', ['market_id'], unique=False)
    op.create_index('ix_following_subscription_open', 'following_subscription', ['asked_at'], unique=False, sqlite_where=sa.text('confirmed_on IS NULL'), postgresql_where=sa.text('confirmed_on IS NULL'))
    op.create_index(op.f('ix_following_subscription_subject'), 'following_subscription', ['subject'], unique=False)
    op.create_table('indicators_area',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('part', sa.String(length=20), nullable=False),
    sa.Column('rank', ID, nullable=False),
    sa.Column('geometry', sa.Text(), nullable=True),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.Column('ring_meters', ID, nullable=True),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("(part = 'city') = (market_id IS NULL)", name=op.f('ck_indicators_area_whose')),
    sa.CheckConstraint("part IN ('place', 'comparison', 'ring', 'comparison_ring', 'city')", name=op.f('ck_indicators_area_part')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_indicators_area_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_area')),
    sa.UniqueConstraint('market_id', 'part', 'rank', name=op.f('uq_indicators_area_market_id_part_rank'))
    )
    op.create_table('indicators_placebo_set',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('rule', ID, nullable=False),
    sa.Column('seed', sa.Text(), nullable=False),
    sa.Column('inputs', sa.String(length=64), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('areas', ID, nullable=False),
    sa.Column('outlines', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.CheckConstraint('areas > 0', name=op.f('ck_indicators_placebo_set_areas')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_indicators_placebo_set_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_placebo_set')),
    sa.UniqueConstraint('market_id', name=op.f('uq_indicators_placebo_set_market_id'))
    )
    op.create_table('indicators_study',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('locked_at', MOMENT, nullable=True),
    sa.Column('locked_by_id', ID, nullable=True),
    sa.Column('delivered_on', sa.Text(), nullable=True),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('(locked_at IS NULL) = (digest IS NULL)', name=op.f('ck_indicators_study_locked')),
    sa.CheckConstraint('(text IS NULL) = (digest IS NULL)', name=op.f('ck_indicators_study_hashed')),
    sa.CheckConstraint('delivered_on IS NULL OR locked_at IS NOT NULL', name=op.f('ck_indicators_study_locked_first')),
    sa.ForeignKeyConstraint(['locked_by_id'], ['accounts_member.id'], name=op.f('fk_indicators_study_locked_by_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_indicators_study_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_study')),
    sa.UniqueConstraint('market_id', name=op.f('uq_indicators_study_market_id'))
    )
    op.create_table('indicators_survey',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('counted_on', sa.Date(), nullable=True),
    sa.Column('author_id', ID, nullable=False),
    sa.CheckConstraint('closes_on >= opens_on', name=op.f('ck_indicators_survey_order')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_indicators_survey_author_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_indicators_survey_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_survey'))
    )
    op.create_index(op.f('ix_indicators_survey_market_id'), 'indicators_survey', ['market_id'], unique=False)
    op.create_table('indicators_upload_part',
    sa.Column('upload_id', ID, nullable=False),
    sa.Column('part', ID, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['upload_id'], ['indicators_upload.id'], name=op.f('fk_indicators_upload_part_upload_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('upload_id', 'part', name=op.f('pk_indicators_upload_part'))
    )
    op.create_table('markets_admission',
    sa.Column('market_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('by_id', ID, nullable=True),
    sa.Column('admitted_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['accounts_member.id'], name=op.f('fk_markets_admission_by_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_admission_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_markets_admission_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('market_id', 'member_id', name=op.f('pk_markets_admission'))
    )
    op.create_table('markets_call_in',
    sa.Column('market_id', ID, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('ended_by_id', ID, nullable=True),
    sa.Column('message_en', sa.Text(), nullable=False),
    sa.Column('message_es', sa.Text(), nullable=False),
    sa.Column('services_en', sa.Text(), nullable=False),
    sa.Column('services_es', sa.Text(), nullable=False),
    sa.Column('tonight_en', sa.Text(), nullable=False),
    sa.Column('tonight_es', sa.Text(), nullable=False),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_markets_call_in_original')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_markets_call_in_translation')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['accounts_member.id'], name=op.f('fk_markets_call_in_ended_by_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_call_in_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('market_id', name=op.f('pk_markets_call_in'))
    )
    op.create_table('markets_evidence',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('item', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('link', sa.Text(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('noted_at', MOMENT, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("item IN ('step_1', 'step_2', 'step_3', 'step_4', 'step_5', 'step_6', 'step_7', 'step_8', 'step_9', 'sponsor', 'community_lead', 'training', 'coordinator', 'analyst')", name=op.f('ck_markets_evidence_item')),
    sa.CheckConstraint("state IN ('open', 'going', 'done')", name=op.f('ck_markets_evidence_state')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_evidence_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_markets_evidence_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_evidence')),
    sa.UniqueConstraint('market_id', 'item', name=op.f('uq_markets_evidence_market_id_item'))
    )
    op.create_table('markets_key_turned',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('key', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('turned_at', MOMENT, nullable=False),
    sa.CheckConstraint("key IN ('community_lead', 'police_liaison')", name=op.f('ck_markets_key_turned_key')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_key_turned_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_markets_key_turned_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_key_turned')),
    sa.UniqueConstraint('market_id', 'key', name=op.f('uq_markets_key_turned_market_id_key')),
    sa.UniqueConstraint('market_id', 'member_id', name=op.f('uq_markets_key_turned_market_id_member_id'))
    )
    op.create_table('markets_map_feature',
    sa.Column('id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('geometry', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('name_es', sa.Text(), nullable=False),
    sa.CheckConstraint("(kind = 'boundary') = (market_id IS NOT NULL)", name=op.f('ck_markets_map_feature_boundary_of')),
    sa.CheckConstraint("kind IN ('street', 'landmark', 'water', 'park', 'neighborhood', 'boundary')", name=op.f('ck_markets_map_feature_kind')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_map_feature_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_map_feature')),
    sa.UniqueConstraint('market_id', name=op.f('uq_markets_map_feature_market_id'))
    )
    op.create_index(op.f('ix_markets_map_feature_kind'), 'markets_map_feature', ['kind'], unique=False)
    op.create_table('markets_map_sheet',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('west', sa.Text(), nullable=False),
    sa.Column('south', sa.Text(), nullable=False),
    sa.Column('east', sa.Text(), nullable=False),
    sa.Column('north', sa.Text(), nullable=False),
    sa.Column('layers', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_map_sheet_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_map_sheet')),
    sa.UniqueConstraint('market_id', name=op.f('uq_markets_map_sheet_market_id'))
    )
    op.create_table('markets_outreach_week',
    sa.Column('market_id', ID, nullable=False),
    sa.Column('week_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_outreach_week_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('market_id', 'week_on', name=op.f('pk_markets_outreach_week'))
    )
    op.create_table('markets_review',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('finding', sa.Text(), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('signed_by_id', ID, nullable=True),
    sa.CheckConstraint("cause IN ('weekly', 'cusum', 'two_sources')", name=op.f('ck_markets_review_cause')),
    sa.CheckConstraint('(signed_on IS NULL) = (signed_by_id IS NULL)', name=op.f('ck_markets_review_signed')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_review_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['signed_by_id'], ['accounts_member.id'], name=op.f('fk_markets_review_signed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_review')),
    sa.UniqueConstraint('market_id', 'due_on', 'cause', name=op.f('uq_markets_review_market_id_due_on_cause'))
    )
    op.create_table('markets_seat_taken',
    sa.Column('market_id', ID, nullable=False),
    sa.Column('seat', sa.String(length=20), nullable=False),
    sa.Column('turn', ID, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('is_filled', sa.Boolean(), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.CheckConstraint("seat IN ('owner', 'deputy', 'sponsor', 'community_lead')", name=op.f('ck_markets_seat_taken_seat')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_seat_taken_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_markets_seat_taken_member_id')),
    sa.PrimaryKeyConstraint('market_id', 'seat', 'turn', name=op.f('pk_markets_seat_taken'))
    )
    op.create_table('markets_signal',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('week_on', sa.Date(), nullable=False),
    sa.Column('seen_on', sa.Date(), nullable=False),
    sa.Column('checked', sa.Boolean(), nullable=False),
    sa.Column('corroborated', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('report', 'team')", name=op.f('ck_markets_signal_kind')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_signal_market_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_signal')),
    sa.UniqueConstraint('market_id', 'source', 'week_on', name=op.f('uq_markets_signal_market_id_source_week_on'))
    )
    op.create_table('markets_status_decision',
    sa.Column('id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('decided_at', MOMENT, nullable=False),
    sa.Column('corrected_on', sa.Date(), nullable=True),
    sa.Column('version', ID, nullable=False),
    sa.Column('decided_by_en', sa.Text(), nullable=False),
    sa.Column('decided_by_es', sa.Text(), nullable=False),
    sa.Column('evidence_en', sa.Text(), nullable=False),
    sa.Column('evidence_es', sa.Text(), nullable=False),
    sa.CheckConstraint("status IN ('message_delivered', 'holding', 'slipping', 'recovering', 'held_12', 'held_24', 'held_36', 'graduated')", name=op.f('ck_markets_status_decision_status')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_markets_status_decision_market_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_markets_status_decision_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_markets_status_decision'))
    )
    op.create_index(op.f('ix_markets_status_decision_market_id'), 'markets_status_decision', ['market_id'], unique=False)
    op.create_table('meetings_meeting',
    sa.Column('slug', sa.String(length=80), nullable=True),
    sa.Column('uid', sa.String(length=80), nullable=False),
    sa.Column('sequence', ID, nullable=False),
    sa.Column('address', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=True),
    sa.Column('online_url', sa.Text(), nullable=False),
    sa.Column('link_for', sa.String(length=20), nullable=False),
    sa.Column('interpreter', sa.String(length=20), nullable=True),
    sa.Column('childcare', sa.String(length=20), nullable=True),
    sa.Column('food', sa.String(length=20), nullable=True),
    sa.Column('ride', sa.String(length=20), nullable=True),
    sa.Column('report_back_on', sa.Date(), nullable=True),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('starts_at', MOMENT, nullable=True),
    sa.Column('ends_at', MOMENT, nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('withdrawn', sa.String(length=40), nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('purpose_en', sa.Text(), nullable=False),
    sa.Column('purpose_es', sa.Text(), nullable=False),
    sa.Column('place_en', sa.Text(), nullable=False),
    sa.Column('place_es', sa.Text(), nullable=False),
    sa.Column('access_en', sa.Text(), nullable=False),
    sa.Column('access_es', sa.Text(), nullable=False),
    sa.Column('host_en', sa.Text(), nullable=False),
    sa.Column('host_es', sa.Text(), nullable=False),
    sa.Column('report_back_by_en', sa.Text(), nullable=False),
    sa.Column('report_back_by_es', sa.Text(), nullable=False),
    sa.Column('change_reason_en', sa.Text(), nullable=False),
    sa.Column('change_reason_es', sa.Text(), nullable=False),
    sa.Column('withdrawn_reason_en', sa.Text(), nullable=False),
    sa.Column('withdrawn_reason_es', sa.Text(), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("childcare IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_meeting_childcare')),
    sa.CheckConstraint("food IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_meeting_food')),
    sa.CheckConstraint("interpreter IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_meeting_interpreter')),
    sa.CheckConstraint("link_for IN ('everybody', 'coming')", name=op.f('ck_meetings_meeting_link_for')),
    sa.CheckConstraint("mode IN ('in_person', 'online', 'hybrid')", name=op.f('ck_meetings_meeting_mode')),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_meetings_meeting_original')),
    sa.CheckConstraint("ride IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_meeting_ride')),
    sa.CheckConstraint("state = 'draft' OR (starts_at IS NOT NULL AND ends_at IS NOT NULL AND report_back_on IS NOT NULL AND mode IS NOT NULL AND interpreter IS NOT NULL AND childcare IS NOT NULL AND food IS NOT NULL AND ride IS NOT NULL)", name=op.f('ck_meetings_meeting_whole')),
    sa.CheckConstraint("state IN ('draft', 'published', 'cancelled')", name=op.f('ck_meetings_meeting_state')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_meetings_meeting_translation')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_meetings_meeting_order')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_meetings_meeting_author_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_meetings_meeting_market_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_meeting')),
    sa.UniqueConstraint('slug', name=op.f('uq_meetings_meeting_slug')),
    sa.UniqueConstraint('uid', name=op.f('uq_meetings_meeting_uid'))
    )
    op.create_index(op.f('ix_meetings_meeting_market_id'), 'meetings_meeting', ['market_id'], unique=False)
    op.create_index(op.f('ix_meetings_meeting_starts_at'), 'meetings_meeting', ['starts_at'], unique=False)
    op.create_table('meetings_series',
    sa.Column('id', ID, nullable=False),
    sa.Column('mode', sa.String(length=20), nullable=True),
    sa.Column('address', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('online_url', sa.Text(), nullable=False),
    sa.Column('link_for', sa.String(length=20), nullable=False),
    sa.Column('interpreter', sa.String(length=20), nullable=True),
    sa.Column('childcare', sa.String(length=20), nullable=True),
    sa.Column('food', sa.String(length=20), nullable=True),
    sa.Column('ride', sa.String(length=20), nullable=True),
    sa.Column('starts', sa.Time(), nullable=True),
    sa.Column('minutes', ID, nullable=True),
    sa.Column('report_back_days', ID, nullable=True),
    sa.Column('capacity', ID, nullable=True),
    sa.Column('close_hours', ID, nullable=False),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=True),
    sa.Column('rule', sa.String(length=80), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('times', ID, nullable=True),
    sa.Column('skips_holidays', sa.Boolean(), nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('purpose_en', sa.Text(), nullable=False),
    sa.Column('purpose_es', sa.Text(), nullable=False),
    sa.Column('place_en', sa.Text(), nullable=False),
    sa.Column('place_es', sa.Text(), nullable=False),
    sa.Column('access_en', sa.Text(), nullable=False),
    sa.Column('access_es', sa.Text(), nullable=False),
    sa.Column('host_en', sa.Text(), nullable=False),
    sa.Column('host_es', sa.Text(), nullable=False),
    sa.Column('report_back_by_en', sa.Text(), nullable=False),
    sa.Column('report_back_by_es', sa.Text(), nullable=False),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.CheckConstraint("childcare IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_series_childcare')),
    sa.CheckConstraint("food IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_series_food')),
    sa.CheckConstraint("interpreter IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_series_interpreter')),
    sa.CheckConstraint("link_for IN ('everybody', 'coming')", name=op.f('ck_meetings_series_link_for')),
    sa.CheckConstraint("mode IN ('in_person', 'online', 'hybrid')", name=op.f('ck_meetings_series_mode')),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_meetings_series_original')),
    sa.CheckConstraint("ride IN ('yes', 'asked', 'no')", name=op.f('ck_meetings_series_ride')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_meetings_series_translation')),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_meetings_series_minutes')),
    sa.CheckConstraint('report_back_days >= 0', name=op.f('ck_meetings_series_report_back_days')),
    sa.CheckConstraint('times BETWEEN 1 AND 60', name=op.f('ck_meetings_series_times')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_meetings_series_author_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_meetings_series_market_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_series')),
    sa.UniqueConstraint('slug', name=op.f('uq_meetings_series_slug'))
    )
    op.create_index(op.f('ix_meetings_series_market_id'), 'meetings_series', ['market_id'], unique=False)
    op.create_table('news_guide_file',
    sa.Column('id', ID, nullable=False),
    sa.Column('guide_id', ID, nullable=False),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('size', ID, nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('added_at', MOMENT, nullable=False),
    sa.CheckConstraint("kind IN ('pdf', 'png', 'jpg', 'txt')", name=op.f('ck_news_guide_file_kind')),
    sa.CheckConstraint("lang IN ('en', 'es')", name=op.f('ck_news_guide_file_lang')),
    sa.ForeignKeyConstraint(['guide_id'], ['news_guide.id'], name=op.f('fk_news_guide_file_guide_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_news_guide_file')),
    sa.UniqueConstraint('guide_id', 'lang', name=op.f('uq_news_guide_file_guide_id_lang'))
    )
    op.create_table('news_guide_tag',
    sa.Column('guide_id', ID, nullable=False),
    sa.Column('tag_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['guide_id'], ['news_guide.id'], name=op.f('fk_news_guide_tag_guide_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tag_id'], ['news_tag.id'], name=op.f('fk_news_guide_tag_tag_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('guide_id', 'tag_id', name=op.f('pk_news_guide_tag'))
    )
    op.create_index(op.f('ix_news_guide_tag_tag_id'), 'news_guide_tag', ['tag_id'], unique=False)
    op.create_table('news_post',
    sa.Column('slug', sa.String(length=80), nullable=True),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('awaited', sa.Boolean(), nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('summary_en', sa.Text(), nullable=False),
    sa.Column('summary_es', sa.Text(), nullable=False),
    sa.Column('body_en', sa.Text(), nullable=False),
    sa.Column('body_es', sa.Text(), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('id', ID, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('stale', sa.Text(), nullable=False),
    sa.Column('original', sa.String(length=2), nullable=False),
    sa.Column('translation', sa.String(length=10), nullable=False),
    sa.Column('translated_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("original IN ('en', 'es')", name=op.f('ck_news_post_original')),
    sa.CheckConstraint("translation IN ('person', 'checked', 'machine')", name=op.f('ck_news_post_translation')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_news_post_author_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_news_post_market_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_news_post')),
    sa.UniqueConstraint('slug', name=op.f('uq_news_post_slug'))
    )
    op.create_index(op.f('ix_news_post_market_id'), 'news_post', ['market_id'], unique=False)
    op.create_index('ix_news_post_published_at_market_id', 'news_post', ['published_at', 'market_id'], unique=False)
    op.create_table('partners_call_in',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('market_id', sa.Text(), nullable=True),
    sa.Column('held_on', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f('ck_partners_call_in_ended')),
    sa.CheckConstraint("state IN ('preparing', 'ready', 'ended', 'off')", name=op.f('ck_partners_call_in_state')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_call_in_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in'))
    )
    op.create_index(op.f('ix_partners_call_in_circle_id'), 'partners_call_in', ['circle_id'], unique=False)
    op.create_table('partners_note',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('topic_id', ID, nullable=True),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('place', ID, nullable=False),
    sa.Column('written_on', sa.Date(), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('(topic_id IS NULL) = (expires_on IS NOT NULL)', name=op.f('ck_partners_note_expires_on')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_partners_note_author_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_note_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_note_desk_key_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['partners_note.id'], name=op.f('fk_partners_note_topic_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_note'))
    )
    op.create_index(op.f('ix_partners_note_circle_id'), 'partners_note', ['circle_id'], unique=False)
    op.create_index(op.f('ix_partners_note_topic_id'), 'partners_note', ['topic_id'], unique=False)
    op.create_table('partners_poll',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('stopped_on', sa.Date(), nullable=True),
    sa.Column('community_needed', ID, nullable=False),
    sa.Column('agencies_needed', ID, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('asked_on <= closes_on', name=op.f('ck_partners_poll_order')),
    sa.CheckConstraint('community_needed >= 0 AND agencies_needed >= 0', name=op.f('ck_partners_poll_needed')),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_partners_poll_author_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_poll_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_poll_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_poll'))
    )
    op.create_index(op.f('ix_partners_poll_circle_id'), 'partners_poll', ['circle_id'], unique=False)
    op.create_table('partners_session',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('component', sa.String(length=20), nullable=False),
    sa.Column('community_on', sa.Date(), nullable=False),
    sa.Column('agencies_on', sa.Date(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('report_on', sa.Date(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('facilitator_id', ID, nullable=False),
    sa.Column('purpose_en', sa.Text(), nullable=False),
    sa.Column('purpose_es', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("component IN ('harm', 'listening', 'facts', 'change')", name=op.f('ck_partners_session_component')),
    sa.CheckConstraint('community_on < held_on AND agencies_on < held_on AND held_on < report_on', name=op.f('ck_partners_session_days')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_session_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_session_desk_key_id')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['accounts_member.id'], name=op.f('fk_partners_session_facilitator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_session'))
    )
    op.create_index(op.f('ix_partners_session_circle_id'), 'partners_session', ['circle_id'], unique=False)
    op.create_table('partners_statement',
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('edition', ID, nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('words_en', sa.Text(), nullable=False),
    sa.Column('words_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_statement_circle_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_statement')),
    sa.UniqueConstraint('circle_id', 'edition', name=op.f('uq_partners_statement_circle_id_edition'))
    )
    op.create_table('reports_hold',
    sa.Column('id', ID, nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('to_on', sa.Date(), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('placed_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('may_be_told', sa.Boolean(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('from_on <= to_on', name=op.f('ck_reports_hold_days')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_reports_hold_market_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_hold'))
    )
    op.create_table('reports_thread',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('locator', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('announced', sa.Boolean(), nullable=False),
    sa.Column('in_flood', sa.Boolean(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('clock_from', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('waiting_since', sa.Date(), nullable=True),
    sa.Column('read_on', sa.Date(), nullable=True),
    sa.Column('passed_to', sa.String(length=20), nullable=True),
    sa.Column('passed_on', sa.Date(), nullable=True),
    sa.Column('disposition', sa.String(length=20), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('closed_before_with', sa.String(length=20), nullable=True),
    sa.Column('reopened_on', sa.Date(), nullable=True),
    sa.Column('verdict', sa.String(length=20), nullable=True),
    sa.Column('verdict_on', sa.Date(), nullable=True),
    sa.Column('verdict_asked_on', sa.Date(), nullable=True),
    sa.Column('held_since', sa.Date(), nullable=True),
    sa.Column('code_confirmed', sa.Boolean(), nullable=False),
    sa.Column('texts_back', sa.Boolean(), nullable=False),
    sa.Column('doubt', sa.Boolean(), nullable=False),
    sa.Column('length', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("(state = 'closed') = (disposition IS NOT NULL)", name=op.f('ck_reports_thread_closed_with_disposition')),
    sa.CheckConstraint("category IN ('selling', 'house', 'property', 'services', 'conduct', 'other', 'unsorted')", name=op.f('ck_reports_thread_category')),
    sa.CheckConstraint("channel IN ('web', 'text', 'relay')", name=op.f('ck_reports_thread_channel')),
    sa.CheckConstraint("disposition IN ('acted', 'not_seen', 'ongoing', 'property', 'outreach', 'duplicate', 'cannot', 'not_ours', 'not_report')", name=op.f('ck_reports_thread_disposition')),
    sa.CheckConstraint("passed_to IN ('team', 'police', 'property', 'outreach', 'oversight')", name=op.f('ck_reports_thread_passed_to')),
    sa.CheckConstraint("closed_before_with IN ('acted', 'not_seen', 'ongoing', 'property', 'outreach', 'duplicate', 'cannot', 'not_ours', 'not_report')", name=op.f('ck_reports_thread_closed_before_with')),
    sa.CheckConstraint("state IN ('new', 'read', 'asked', 'passed', 'closed')", name=op.f('ck_reports_thread_state')),
    sa.CheckConstraint("verdict IN ('better', 'same', 'worse')", name=op.f('ck_reports_thread_verdict')),
    sa.CheckConstraint('(verdict IS NULL) = (verdict_on IS NULL)', name=op.f('ck_reports_thread_verdict_on')),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_reports_thread_desk_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_reports_thread_market_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_thread')),
    sa.UniqueConstraint('locator', name=op.f('uq_reports_thread_locator'))
    )
    op.create_index('ix_reports_thread_closed', 'reports_thread', ['desk_id', 'closed_on'], unique=False, sqlite_where=sa.text('closed_on IS NOT NULL'), postgresql_where=sa.text('closed_on IS NOT NULL'))
    op.create_index(op.f('ix_reports_thread_closed_on'), 'reports_thread', ['closed_on'], unique=False)
    op.create_index(op.f('ix_reports_thread_desk_id'), 'reports_thread', ['desk_id', 'state', 'received_on'], unique=False)
    op.create_index('ix_reports_thread_open', 'reports_thread', ['desk_id', 'in_flood', 'urgent', 'received_on', 'state', 'waiting_since', 'category', 'language', 'channel', 'market_id', 'code_confirmed', 'length', 'texts_back'], unique=False, sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'"))
    op.create_index(op.f('ix_reports_thread_verdict_on'), 'reports_thread', ['verdict_on'], unique=False)
    op.create_table('alerts_answer',
    sa.Column('id', ID, nullable=False),
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('contact', sa.LargeBinary(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('wording', sa.String(length=16), nullable=False),
    sa.Column('message_id', ID, nullable=True),
    sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f('ck_alerts_answer_channel')),
    sa.CheckConstraint("language IN ('en', 'es')", name=op.f('ck_alerts_answer_language')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_alerts_answer_thread_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wording'], ['following_wording.version'], name=op.f('fk_alerts_answer_wording')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alerts_answer')),
    sa.UniqueConstraint('thread_id', name=op.f('uq_alerts_answer_thread_id'))
    )
    op.create_table('commitments_entry',
    sa.Column('id', ID, nullable=False),
    sa.Column('commitment_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('step', sa.String(length=20), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('due_before', sa.Date(), nullable=True),
    sa.Column('due_after', sa.Date(), nullable=True),
    sa.Column('by_id', ID, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_es', sa.Text(), nullable=False),
    sa.CheckConstraint("step IN ('made', 'moved', 'reworded', 'planned', 'reached', 'evidence', 'withdrawn', 'claimed', 'kept', 'broken', 'reopened')", name=op.f('ck_commitments_entry_step')),
    sa.ForeignKeyConstraint(['by_id'], ['accounts_member.id'], name=op.f('fk_commitments_entry_by_id')),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitments_commitment.id'], name=op.f('fk_commitments_entry_commitment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments_entry')),
    sa.UniqueConstraint('commitment_id', 'position', name=op.f('uq_commitments_entry_commitment_id_position'))
    )
    op.create_table('commitments_item',
    sa.Column('hearing_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('commitment_id', ID, nullable=False),
    sa.Column('kept', ID, nullable=False),
    sa.Column('partly', ID, nullable=False),
    sa.Column('broken', ID, nullable=False),
    sa.Column('unsure', ID, nullable=False),
    sa.CheckConstraint('broken >= 0', name=op.f('ck_commitments_item_broken')),
    sa.CheckConstraint('kept >= 0', name=op.f('ck_commitments_item_kept')),
    sa.CheckConstraint('partly >= 0', name=op.f('ck_commitments_item_partly')),
    sa.CheckConstraint('unsure >= 0', name=op.f('ck_commitments_item_unsure')),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitments_commitment.id'], name=op.f('fk_commitments_item_commitment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['hearing_id'], ['commitments_hearing.id'], name=op.f('fk_commitments_item_hearing_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('hearing_id', 'position', name=op.f('pk_commitments_item')),
    sa.UniqueConstraint('hearing_id', 'commitment_id', name=op.f('uq_commitments_item_hearing_id_commitment_id'))
    )
    op.create_index(op.f('ix_commitments_item_commitment_id'), 'commitments_item', ['commitment_id'], unique=False)
    op.create_table('commitments_milestone',
    sa.Column('id', ID, nullable=False),
    sa.Column('commitment_id', ID, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('reached_on', sa.Date(), nullable=True),
    sa.Column('what_en', sa.Text(), nullable=False),
    sa.Column('what_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitments_commitment.id'], name=op.f('fk_commitments_milestone_commitment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments_milestone'))
    )
    op.create_index(op.f('ix_commitments_milestone_commitment_id'), 'commitments_milestone', ['commitment_id'], unique=False)
    op.create_table('following_announcement',
    sa.Column('id', ID, nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=20), nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('send_before', MOMENT, nullable=False),
    sa.Column('wrote_id', ID, nullable=False),
    sa.Column('submitted_id', ID, nullable=True),
    sa.Column('approved_id', ID, nullable=True),
    sa.Column('notice_id', ID, nullable=True),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.Column('words_en', sa.Text(), nullable=False),
    sa.Column('words_es', sa.Text(), nullable=False),
    sa.CheckConstraint("(subject = 'place') = (market_id IS NOT NULL)", name=op.f('ck_following_announcement_place')),
    sa.CheckConstraint("state IN ('draft', 'waiting', 'sending', 'paused', 'recalled')", name=op.f('ck_following_announcement_state')),
    sa.CheckConstraint("subject IN ('place', 'meetings', 'safety')", name=op.f('ck_following_announcement_subject')),
    sa.ForeignKeyConstraint(['approved_id'], ['accounts_member.id'], name=op.f('fk_following_announcement_approved_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_following_announcement_market_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['following_notice.id'], name=op.f('fk_following_announcement_notice_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['submitted_id'], ['accounts_member.id'], name=op.f('fk_following_announcement_submitted_id')),
    sa.ForeignKeyConstraint(['wrote_id'], ['accounts_member.id'], name=op.f('fk_following_announcement_wrote_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_following_announcement'))
    )
    op.create_index(op.f('ix_following_announcement_market_id'), 'following_announcement', ['market_id'], unique=False)
    op.create_index(op.f('ix_following_announcement_updated_at'), 'following_announcement', ['updated_at'], unique=False)
    op.create_table('following_delivery',
    sa.Column('id', ID, nullable=False),
    sa.Column('notice_id', ID, nullable=False),
    sa.Column('follower_id', ID, nullable=False),
    sa.Column('message_id', ID, nullable=True),
    sa.Column('attempts', ID, nullable=False),
    sa.Column('queued_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['follower_id'], ['following_follower.id'], name=op.f('fk_following_delivery_follower_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['core_outbox.id'], name=op.f('fk_following_delivery_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['notice_id'], ['following_notice.id'], name=op.f('fk_following_delivery_notice_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_following_delivery')),
    sa.UniqueConstraint('notice_id', 'follower_id', name=op.f('uq_following_delivery_notice_id_follower_id'))
    )
    op.create_index(op.f('ix_following_delivery_follower_id'), 'following_delivery', ['follower_id'], unique=False)
    op.create_index(op.f('ix_following_delivery_message_id'), 'following_delivery', ['message_id'], unique=False)
    op.create_table('indicators_count_period',
    sa.Column('area_id', ID, nullable=False),
    sa.Column('measure_id', ID, nullable=False),
    sa.Column('year', ID, autoincrement=False, nullable=False),
    sa.Column('months', ID, nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['indicators_area.id'], name=op.f('fk_indicators_count_period_area_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['measure_id'], ['indicators_measure.id'], name=op.f('fk_indicators_count_period_measure_id')),
    sa.PrimaryKeyConstraint('area_id', 'measure_id', 'year', name=op.f('pk_indicators_count_period'))
    )
    op.create_table('indicators_deviation',
    sa.Column('id', ID, nullable=False),
    sa.Column('study_id', ID, nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('measure', sa.String(length=40), nullable=True),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('noted_at', MOMENT, nullable=False),
    sa.Column('what_en', sa.Text(), nullable=False),
    sa.Column('what_es', sa.Text(), nullable=False),
    sa.Column('why_en', sa.Text(), nullable=False),
    sa.Column('why_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_indicators_deviation_member_id')),
    sa.ForeignKeyConstraint(['study_id'], ['indicators_study.id'], name=op.f('fk_indicators_deviation_study_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_deviation'))
    )
    op.create_index(op.f('ix_indicators_deviation_study_id'), 'indicators_deviation', ['study_id'], unique=False)
    op.create_table('indicators_figure',
    sa.Column('id', ID, nullable=False),
    sa.Column('area_id', ID, nullable=False),
    sa.Column('measure_id', ID, nullable=False),
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('value', ID, nullable=False),
    sa.Column('import_id', ID, nullable=True),
    sa.CheckConstraint('value >= 0', name=op.f('ck_indicators_figure_count')),
    sa.ForeignKeyConstraint(['area_id'], ['indicators_area.id'], name=op.f('fk_indicators_figure_area_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['import_id'], ['indicators_import.id'], name=op.f('fk_indicators_figure_import_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['measure_id'], ['indicators_measure.id'], name=op.f('fk_indicators_figure_measure_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_figure')),
    sa.UniqueConstraint('area_id', 'measure_id', 'month_on', name='uq_indicators_figure_cell')
    )
    op.create_index(op.f('ix_indicators_figure_import_id'), 'indicators_figure', ['import_id'], unique=False)
    op.create_index(op.f('ix_indicators_figure_measure_id'), 'indicators_figure', ['measure_id'], unique=False)
    op.create_table('indicators_frozen_count',
    sa.Column('area_id', ID, nullable=False),
    sa.Column('measure_id', ID, nullable=False),
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('value', ID, nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('months', ID, server_default='1', nullable=False),
    sa.Column('rule', ID, server_default='1', nullable=False),
    sa.CheckConstraint('value >= 0', name=op.f('ck_indicators_frozen_count_count')),
    sa.ForeignKeyConstraint(['area_id'], ['indicators_area.id'], name=op.f('fk_indicators_frozen_count_area_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['measure_id'], ['indicators_measure.id'], name=op.f('fk_indicators_frozen_count_measure_id')),
    sa.PrimaryKeyConstraint('area_id', 'measure_id', 'month_on', name=op.f('pk_indicators_frozen_count'))
    )
    op.create_table('indicators_placebo_counts',
    sa.Column('id', ID, nullable=False),
    sa.Column('set_id', ID, nullable=False),
    sa.Column('measure_id', ID, nullable=False),
    sa.Column('import_id', ID, nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['indicators_import.id'], name=op.f('fk_indicators_placebo_counts_import_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['measure_id'], ['indicators_measure.id'], name=op.f('fk_indicators_placebo_counts_measure_id')),
    sa.ForeignKeyConstraint(['set_id'], ['indicators_placebo_set.id'], name=op.f('fk_indicators_placebo_counts_set_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicators_placebo_counts'))
    )
    op.create_index(op.f('ix_indicators_placebo_counts_import_id'), 'indicators_placebo_counts', ['import_id'], unique=False)
    op.create_index(op.f('ix_indicators_placebo_counts_measure_id'), 'indicators_placebo_counts', ['measure_id'], unique=False)
    op.create_index(op.f('ix_indicators_placebo_counts_set_id'), 'indicators_placebo_counts', ['set_id'], unique=False)
    op.create_table('indicators_result',
    sa.Column('study_id', ID, nullable=False),
    sa.Column('inputs', sa.String(length=64), nullable=True),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('unfinished_since', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['study_id'], ['indicators_study.id'], name=op.f('fk_indicators_result_study_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('study_id', name=op.f('pk_indicators_result'))
    )
    op.create_table('indicators_survey_slip',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('survey_id', ID, nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.CheckConstraint("language IN ('en', 'es')", name=op.f('ck_indicators_survey_slip_language')),
    sa.ForeignKeyConstraint(['survey_id'], ['indicators_survey.id'], name=op.f('fk_indicators_survey_slip_survey_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_indicators_survey_slip'))
    )
    op.create_index(op.f('ix_indicators_survey_slip_survey_id'), 'indicators_survey_slip', ['survey_id'], unique=False)
    op.create_table('indicators_survey_tally',
    sa.Column('survey_id', ID, nullable=False),
    sa.Column('on_paper', sa.Boolean(), nullable=False),
    sa.Column('measure', sa.String(length=10), nullable=False),
    sa.Column('count', ID, nullable=False),
    sa.CheckConstraint("measure IN ('handed', 'asked', 'aware', 'safe', 'trust', 'aware_skip', 'safe_skip', 'trust_skip')", name=op.f('ck_indicators_survey_tally_measure')),
    sa.CheckConstraint('count >= 0', name=op.f('ck_indicators_survey_tally_count')),
    sa.ForeignKeyConstraint(['survey_id'], ['indicators_survey.id'], name=op.f('fk_indicators_survey_tally_survey_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('survey_id', 'on_paper', 'measure', name=op.f('pk_indicators_survey_tally'))
    )
    op.create_table('meetings_agenda_point',
    sa.Column('id', ID, nullable=False),
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('minutes', ID, nullable=False),
    sa.Column('what_en', sa.Text(), nullable=False),
    sa.Column('what_es', sa.Text(), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 1 AND 600', name=op.f('ck_meetings_agenda_point_minutes')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_agenda_point_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_agenda_point')),
    sa.UniqueConstraint('meeting_id', 'position', name=op.f('uq_meetings_agenda_point_meeting_id_position'))
    )
    op.create_table('meetings_change',
    sa.Column('id', ID, nullable=False),
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('changed_at', MOMENT, nullable=False),
    sa.Column('notice_hours', ID, nullable=False),
    sa.CheckConstraint("kind IN ('moved', 'cancelled')", name=op.f('ck_meetings_change_kind')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_change_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_change'))
    )
    op.create_index(op.f('ix_meetings_change_meeting_id'), 'meetings_change', ['meeting_id'], unique=False)
    op.create_table('meetings_door_count',
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('door', sa.String(length=32), nullable=False),
    sa.Column('turn', ID, nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.CheckConstraint('turn >= 0', name=op.f('ck_meetings_door_count_turn')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_door_count_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting_id', 'door', name=op.f('pk_meetings_door_count'))
    )
    op.create_table('meetings_head_count',
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('side', sa.String(length=20), nullable=False),
    sa.Column('heads', ID, nullable=False),
    sa.CheckConstraint("side IN ('residents', 'youth', 'faith', 'organizers', 'services', 'city', 'police', 'others')", name=op.f('ck_meetings_head_count_side')),
    sa.CheckConstraint('heads >= 0', name=op.f('ck_meetings_head_count_heads')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_head_count_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting_id', 'side', name=op.f('pk_meetings_head_count'))
    )
    op.create_table('meetings_occurrence',
    sa.Column('series_id', ID, nullable=False),
    sa.Column('slot_on', sa.Date(), nullable=False),
    sa.Column('meeting_id', ID, nullable=True),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_occurrence_meeting_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['series_id'], ['meetings_series.id'], name=op.f('fk_meetings_occurrence_series_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', 'slot_on', name=op.f('pk_meetings_occurrence')),
    sa.UniqueConstraint('meeting_id', name=op.f('uq_meetings_occurrence_meeting_id'))
    )
    op.create_table('meetings_report_back',
    sa.Column('id', ID, nullable=False),
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('author_id', ID, nullable=False),
    sa.Column('written_at', MOMENT, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('next_steps_en', sa.Text(), nullable=False),
    sa.Column('next_steps_es', sa.Text(), nullable=False),
    sa.Column('minutes_en', sa.Text(), nullable=False),
    sa.Column('minutes_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['accounts_member.id'], name=op.f('fk_meetings_report_back_author_id')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_report_back_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_report_back'))
    )
    op.create_index(op.f('ix_meetings_report_back_meeting_id'), 'meetings_report_back', ['meeting_id'], unique=False)
    op.create_table('meetings_rsvp',
    sa.Column('id', ID, nullable=False),
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('party', ID, nullable=False),
    sa.Column('why', sa.String(length=20), nullable=True),
    sa.Column('ages', sa.String(length=40), nullable=False),
    sa.Column('interpreter', sa.String(length=5), nullable=False),
    sa.Column('ride', sa.String(length=20), nullable=False),
    sa.Column('ride_seats', ID, nullable=False),
    sa.Column('access_needs', sa.Text(), nullable=False),
    sa.Column('first_name', sa.Text(), nullable=False),
    sa.Column('contact_kind', sa.String(length=20), nullable=True),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('contact_hash', sa.String(length=64), nullable=True),
    sa.Column('letter', sa.String(length=1), nullable=True),
    sa.Column('agreed_on', sa.Date(), nullable=True),
    sa.Column('agreed_how', sa.String(length=20), nullable=True),
    sa.Column('wording', sa.String(length=16), nullable=True),
    sa.Column('proved_on', sa.Date(), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=False),
    sa.Column('ask_by', sa.Date(), nullable=True),
    sa.Column('confirmed_on', sa.Date(), nullable=True),
    sa.Column('asked_on', sa.Date(), nullable=True),
    sa.CheckConstraint("agreed_how IN ('text', 'web')", name=op.f('ck_meetings_rsvp_agreed_how')),
    sa.CheckConstraint("contact_kind IN ('text', 'mail')", name=op.f('ck_meetings_rsvp_contact_kind')),
    sa.CheckConstraint("ride IN ('', 'needs', 'offers')", name=op.f('ck_meetings_rsvp_ride')),
    sa.CheckConstraint("state = 'cancelled' OR why IS NULL", name=op.f('ck_meetings_rsvp_taken_out')),
    sa.CheckConstraint("state IN ('coming', 'cancelled')", name=op.f('ck_meetings_rsvp_state')),
    sa.CheckConstraint("why IN ('double', 'mistake', 'silent', 'no_room')", name=op.f('ck_meetings_rsvp_why')),
    sa.CheckConstraint('(agreed_on IS NULL) = (wording IS NULL)', name=op.f('ck_meetings_rsvp_agreed')),
    sa.CheckConstraint('(contact IS NULL) = (contact_hash IS NULL)', name=op.f('ck_meetings_rsvp_contact')),
    sa.CheckConstraint('party BETWEEN 1 AND 12', name=op.f('ck_meetings_rsvp_party')),
    sa.CheckConstraint('ride_seats BETWEEN 0 AND 8', name=op.f('ck_meetings_rsvp_ride_seats')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_rsvp_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wording'], ['meetings_wording.version'], name=op.f('fk_meetings_rsvp_wording')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_rsvp')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_meetings_rsvp_code_hash')),
    sa.UniqueConstraint('meeting_id', 'contact_hash', 'letter', name=op.f('uq_meetings_rsvp_meeting_id_contact_hash_letter'))
    )
    op.create_index(op.f('ix_meetings_rsvp_meeting_id'), 'meetings_rsvp', ['meeting_id', 'state'], unique=False)
    op.create_table('meetings_seats',
    sa.Column('meeting_id', ID, nullable=False),
    sa.Column('capacity', ID, nullable=True),
    sa.Column('close_hours', ID, nullable=False),
    sa.Column('text_code', sa.String(length=4), nullable=True),
    sa.Column('reminders', sa.String(length=20), nullable=False),
    sa.Column('sums', sa.JSON(), nullable=True),
    sa.CheckConstraint("reminders IN ('', 'days', 'day', 'hours', 'days,day', 'days,hours', 'day,hours', 'days,day,hours')", name=op.f('ck_meetings_seats_reminders')),
    sa.CheckConstraint('capacity BETWEEN 1 AND 9999', name=op.f('ck_meetings_seats_capacity')),
    sa.CheckConstraint('close_hours BETWEEN 0 AND 168', name=op.f('ck_meetings_seats_close_hours')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings_meeting.id'], name=op.f('fk_meetings_seats_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting_id', name=op.f('pk_meetings_seats')),
    sa.UniqueConstraint('text_code', name=op.f('uq_meetings_seats_text_code'))
    )
    op.create_table('news_post_tag',
    sa.Column('post_id', ID, nullable=False),
    sa.Column('tag_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['news_post.id'], name=op.f('fk_news_post_tag_post_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tag_id'], ['news_tag.id'], name=op.f('fk_news_post_tag_tag_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'tag_id', name=op.f('pk_news_post_tag'))
    )
    op.create_index(op.f('ix_news_post_tag_tag_id'), 'news_post_tag', ['tag_id'], unique=False)
    op.create_table('partners_acknowledgement',
    sa.Column('id', ID, nullable=False),
    sa.Column('session_id', ID, nullable=True),
    sa.Column('slug', sa.String(length=80), nullable=True),
    sa.Column('office_id', ID, nullable=False),
    sa.Column('spoken_on', sa.Date(), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('harm_en', sa.Text(), nullable=False),
    sa.Column('harm_es', sa.Text(), nullable=False),
    sa.Column('words_en', sa.Text(), nullable=False),
    sa.Column('words_es', sa.Text(), nullable=False),
    sa.Column('answer_en', sa.Text(), nullable=False),
    sa.Column('answer_es', sa.Text(), nullable=False),
    sa.Column('answered_by_en', sa.Text(), nullable=False),
    sa.Column('answered_by_es', sa.Text(), nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("(answered_on IS NULL) = (answer_en = '' AND answer_es = '')", name=op.f('ck_partners_acknowledgement_answer')),
    sa.CheckConstraint('published_on IS NULL OR slug IS NOT NULL', name=op.f('ck_partners_acknowledgement_whole')),
    sa.ForeignKeyConstraint(['office_id'], ['organisations_office.id'], name=op.f('fk_partners_acknowledgement_office_id')),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_acknowledgement_session_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_acknowledgement')),
    sa.UniqueConstraint('slug', name=op.f('uq_partners_acknowledgement_slug'))
    )
    op.create_index(op.f('ix_partners_acknowledgement_session_id'), 'partners_acknowledgement', ['session_id'], unique=False)
    op.create_table('partners_call_in_card',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_in_id', ID, nullable=False),
    sa.Column('turn', ID, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.ForeignKeyConstraint(['call_in_id'], ['partners_call_in.id'], name=op.f('fk_partners_call_in_card_call_in_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_card_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_card'))
    )
    op.create_index(op.f('ix_partners_call_in_card_call_in_id'), 'partners_call_in_card', ['call_in_id'], unique=False)
    op.create_table('partners_call_in_item',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_in_id', ID, nullable=False),
    sa.Column('turn', ID, nullable=False),
    sa.Column('room', ID, nullable=False),
    sa.Column('minutes', ID, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_partners_call_in_item_minutes')),
    sa.CheckConstraint('room IN (1, 2)', name=op.f('ck_partners_call_in_item_room')),
    sa.ForeignKeyConstraint(['call_in_id'], ['partners_call_in.id'], name=op.f('fk_partners_call_in_item_call_in_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_item_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_item'))
    )
    op.create_index(op.f('ix_partners_call_in_item_call_in_id'), 'partners_call_in_item', ['call_in_id'], unique=False)
    op.create_table('partners_call_in_offer',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_in_id', ID, nullable=False),
    sa.Column('turn', ID, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['call_in_id'], ['partners_call_in.id'], name=op.f('fk_partners_call_in_offer_call_in_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_offer_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_offer'))
    )
    op.create_index(op.f('ix_partners_call_in_offer_call_in_id'), 'partners_call_in_offer', ['call_in_id'], unique=False)
    op.create_table('partners_call_in_step',
    sa.Column('id', ID, nullable=False),
    sa.Column('call_in_id', ID, nullable=False),
    sa.Column('step', sa.String(length=20), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.CheckConstraint("step IN ('first', 'thanks', 'day_30', 'day_60', 'day_90')", name=op.f('ck_partners_call_in_step_step')),
    sa.ForeignKeyConstraint(['call_in_id'], ['partners_call_in.id'], name=op.f('fk_partners_call_in_step_call_in_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_step_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_step')),
    sa.UniqueConstraint('call_in_id', 'step', name=op.f('uq_partners_call_in_step_call_in_id_step'))
    )
    op.create_table('partners_date',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('poll_id', ID, nullable=True),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('ends_at', MOMENT, nullable=False),
    sa.Column('uid', sa.String(length=120), nullable=False),
    sa.Column('sequence', ID, nullable=False),
    sa.Column('called_off_on', sa.Date(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_partners_date_order')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_date_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_date_desk_key_id')),
    sa.ForeignKeyConstraint(['poll_id'], ['partners_poll.id'], name=op.f('fk_partners_date_poll_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_date')),
    sa.UniqueConstraint('poll_id', name=op.f('uq_partners_date_poll_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_partners_date_uid'))
    )
    op.create_index(op.f('ix_partners_date_circle_id'), 'partners_date', ['circle_id'], unique=False)
    op.create_index(op.f('ix_partners_date_starts_at'), 'partners_date', ['starts_at'], unique=False)
    op.create_table('partners_ground_rules',
    sa.Column('session_id', ID, nullable=False),
    sa.Column('id', ID, nullable=False),
    sa.Column('edition', ID, nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('words_en', sa.Text(), nullable=False),
    sa.Column('words_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_ground_rules_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_ground_rules')),
    sa.UniqueConstraint('session_id', 'edition', name=op.f('uq_partners_ground_rules_session_id_edition'))
    )
    op.create_table('partners_head_count',
    sa.Column('session_id', ID, nullable=False),
    sa.Column('present', sa.String(length=20), nullable=False),
    sa.Column('heads', ID, nullable=False),
    sa.CheckConstraint("present IN ('residents', 'faith', 'organizers', 'services', 'police', 'city', 'interpreters')", name=op.f('ck_partners_head_count_present')),
    sa.CheckConstraint('heads >= 0', name=op.f('ck_partners_head_count_heads')),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_head_count_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('session_id', 'present', name=op.f('pk_partners_head_count'))
    )
    op.create_table('partners_line',
    sa.Column('id', ID, nullable=False),
    sa.Column('session_id', ID, nullable=False),
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('consent_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('shown_en', sa.Text(), nullable=False),
    sa.Column('shown_es', sa.Text(), nullable=False),
    sa.Column('shown_by_en', sa.Text(), nullable=False),
    sa.Column('shown_by_es', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.CheckConstraint("scope = 'public' OR (shown_en = '' AND shown_es = '')", name=op.f('ck_partners_line_shown')),
    sa.CheckConstraint("scope IN ('circle', 'sides', 'public')", name=op.f('ck_partners_line_scope')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_line_desk_key_id')),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_line_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_line'))
    )
    op.create_index(op.f('ix_partners_line_session_id'), 'partners_line', ['session_id'], unique=False)
    op.create_table('partners_membership',
    sa.Column('id', ID, nullable=False),
    sa.Column('circle_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('invitation_id', ID, nullable=True),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('invited_by_id', ID, nullable=True),
    sa.Column('invited_on', sa.Date(), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=True),
    sa.Column('agreed_to_id', ID, nullable=True),
    sa.Column('offered_by_id', ID, nullable=True),
    sa.Column('names_lead_id', ID, nullable=True),
    sa.CheckConstraint("role IN ('lead', 'facilitator', 'member', 'interpreter', 'observer')", name=op.f('ck_partners_membership_role')),
    sa.CheckConstraint('joined_on IS NULL OR (member_id IS NOT NULL AND agreed_to_id IS NOT NULL)', name=op.f('ck_partners_membership_joined')),
    sa.CheckConstraint('member_id IS NOT NULL OR invitation_id IS NOT NULL', name=op.f('ck_partners_membership_somebody')),
    sa.ForeignKeyConstraint(['agreed_to_id'], ['partners_statement.id'], name=op.f('fk_partners_membership_agreed_to_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['partners_circle.id'], name=op.f('fk_partners_membership_circle_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitation_id'], ['accounts_invitation.id'], name=op.f('fk_partners_membership_invitation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invited_by_id'], ['accounts_member.id'], name=op.f('fk_partners_membership_invited_by_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_partners_membership_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['names_lead_id'], ['accounts_member.id'], name=op.f('fk_partners_membership_names_lead_id')),
    sa.ForeignKeyConstraint(['offered_by_id'], ['accounts_member.id'], name=op.f('fk_partners_membership_offered_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_membership')),
    sa.UniqueConstraint('circle_id', 'invitation_id', name=op.f('uq_partners_membership_circle_id_invitation_id')),
    sa.UniqueConstraint('circle_id', 'member_id', name=op.f('uq_partners_membership_circle_id_member_id'))
    )
    op.create_index(op.f('ix_partners_membership_circle_id'), 'partners_membership', ['circle_id'], unique=False)
    op.create_index(op.f('ix_partners_membership_member_id'), 'partners_membership', ['member_id'], unique=False)
    op.create_table('partners_notice',
    sa.Column('id', ID, nullable=False),
    sa.Column('session_id', ID, nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_es', sa.Text(), nullable=False),
    sa.Column('about_en', sa.Text(), nullable=False),
    sa.Column('about_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_notice_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_notice')),
    sa.UniqueConstraint('session_id', name=op.f('uq_partners_notice_session_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_partners_notice_slug'))
    )
    op.create_table('partners_poll_essential',
    sa.Column('poll_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_partners_poll_essential_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['poll_id'], ['partners_poll.id'], name=op.f('fk_partners_poll_essential_poll_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('poll_id', 'member_id', name=op.f('pk_partners_poll_essential'))
    )
    op.create_table('partners_poll_guest',
    sa.Column('id', ID, nullable=False),
    sa.Column('poll_id', ID, nullable=False),
    sa.Column('side', sa.String(length=20), nullable=False),
    sa.Column('essential', sa.Boolean(), nullable=False),
    sa.Column('link_hash', sa.String(length=64), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.CheckConstraint("side IN ('agencies', 'community')", name=op.f('ck_partners_poll_guest_side')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_poll_guest_desk_key_id')),
    sa.ForeignKeyConstraint(['poll_id'], ['partners_poll.id'], name=op.f('fk_partners_poll_guest_poll_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_poll_guest')),
    sa.UniqueConstraint('link_hash', name=op.f('uq_partners_poll_guest_link_hash'))
    )
    op.create_index(op.f('ix_partners_poll_guest_poll_id'), 'partners_poll_guest', ['poll_id'], unique=False)
    op.create_table('partners_poll_slot',
    sa.Column('id', ID, nullable=False),
    sa.Column('poll_id', ID, nullable=False),
    sa.Column('place', ID, nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('ends_at', MOMENT, nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_partners_poll_slot_order')),
    sa.ForeignKeyConstraint(['poll_id'], ['partners_poll.id'], name=op.f('fk_partners_poll_slot_poll_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_poll_slot')),
    sa.UniqueConstraint('poll_id', 'place', name=op.f('uq_partners_poll_slot_poll_id_place'))
    )
    op.create_table('partners_theme',
    sa.Column('id', ID, nullable=False),
    sa.Column('session_id', ID, nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("source IN ('asked', 'told')", name=op.f('ck_partners_theme_source')),
    sa.CheckConstraint("state IN ('drafted', 'approved', 'shared')", name=op.f('ck_partners_theme_state')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_theme_desk_key_id')),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_theme_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_theme'))
    )
    op.create_index(op.f('ix_partners_theme_session_id'), 'partners_theme', ['session_id'], unique=False)
    op.create_table('reports_message',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('author', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('written_on', sa.Date(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('key_for_desk', sa.LargeBinary(), nullable=False),
    sa.Column('key_for_thread', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("author IN ('resident', 'desk')", name=op.f('ck_reports_message_author')),
    sa.CheckConstraint("kind IN ('words', 'picture', 'voice')", name=op.f('ck_reports_message_kind')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_message_desk_key_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_reports_message_member_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_reports_message_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_message')),
    sa.UniqueConstraint('thread_id', 'position', name=op.f('uq_reports_message_thread_id_position'))
    )
    op.create_table('reports_referral',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('passed_to', sa.String(length=20), nullable=False),
    sa.Column('desk_id', ID, nullable=False),
    sa.Column('market_id', ID, nullable=True),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('passed_on', sa.Date(), nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=False),
    sa.Column('acknowledged_on', sa.Date(), nullable=True),
    sa.Column('acknowledged_by_id', ID, nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('key_for_desk', sa.LargeBinary(), nullable=False),
    sa.Column('receiver_key_id', ID, nullable=False),
    sa.Column('key_for_receiver', sa.LargeBinary(), nullable=True),
    sa.Column('answer_box', sa.LargeBinary(), nullable=True),
    sa.Column('answer_desk_key_id', ID, nullable=True),
    sa.Column('answer_key_for_desk', sa.LargeBinary(), nullable=True),
    sa.Column('answer_receiver_key_id', ID, nullable=True),
    sa.Column('answer_key_for_receiver', sa.LargeBinary(), nullable=True),
    sa.Column('version', ID, nullable=False),
    sa.CheckConstraint("category <> 'conduct'", name=op.f('ck_reports_referral_no_conduct')),
    sa.CheckConstraint("category IN ('selling', 'house', 'property', 'services', 'conduct', 'other', 'unsorted')", name=op.f('ck_reports_referral_category')),
    sa.CheckConstraint("passed_to <> 'outreach' OR category = 'services'", name=op.f('ck_reports_referral_services')),
    sa.CheckConstraint("passed_to <> 'property' OR category = 'property'", name=op.f('ck_reports_referral_property')),
    sa.CheckConstraint("passed_to IN ('outreach', 'property') OR market_id IS NOT NULL", name=op.f('ck_reports_referral_place')),
    sa.CheckConstraint("passed_to <> 'oversight'", name=op.f('ck_reports_referral_received')),
    sa.CheckConstraint("passed_to IN ('team', 'police', 'property', 'outreach', 'oversight')", name=op.f('ck_reports_referral_passed_to')),
    sa.CheckConstraint('(answered_on IS NULL) = (answer_box IS NULL)', name=op.f('ck_reports_referral_answered')),
    sa.CheckConstraint('(withdrawn_on IS NULL AND closed_on IS NULL) OR (key_for_receiver IS NULL AND answer_key_for_receiver IS NULL)', name=op.f('ck_reports_referral_over')),
    sa.CheckConstraint('acknowledged_by_id IS NULL OR acknowledged_on IS NOT NULL', name=op.f('ck_reports_referral_acknowledged')),
    sa.ForeignKeyConstraint(['acknowledged_by_id'], ['accounts_member.id'], name=op.f('fk_reports_referral_acknowledged_by_id')),
    sa.ForeignKeyConstraint(['answer_desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_referral_answer_desk_key_id')),
    sa.ForeignKeyConstraint(['answer_receiver_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_referral_answer_receiver_key_id')),
    sa.ForeignKeyConstraint(['desk_id'], ['accounts_desk.id'], name=op.f('fk_reports_referral_desk_id')),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_referral_desk_key_id')),
    sa.ForeignKeyConstraint(['market_id'], ['markets_market.id'], name=op.f('fk_reports_referral_market_id')),
    sa.ForeignKeyConstraint(['receiver_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_referral_receiver_key_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_reports_referral_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_referral'))
    )
    op.create_index(op.f('ix_reports_referral_desk_id'), 'reports_referral', ['desk_id', 'market_id'], unique=False)
    op.create_index(op.f('ix_reports_referral_thread_id'), 'reports_referral', ['thread_id'], unique=False)
    op.create_index('ix_reports_referral_unanswered', 'reports_referral', ['desk_id', 'receiver_key_id', 'passed_to', 'market_id', 'thread_id'], unique=False, sqlite_where=sa.text('withdrawn_on IS NULL AND closed_on IS NULL AND answered_on IS NULL'), postgresql_where=sa.text('withdrawn_on IS NULL AND closed_on IS NULL AND answered_on IS NULL'))
    op.create_table('reports_same',
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('same_as_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['same_as_id'], ['reports_thread.id'], name=op.f('fk_reports_same_same_as_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_reports_same_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('thread_id', name=op.f('pk_reports_same'))
    )
    op.create_index(op.f('ix_reports_same_same_as_id'), 'reports_same', ['same_as_id'], unique=False)
    op.create_table('reports_taken',
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('taken_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_reports_taken_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_reports_taken_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('thread_id', name=op.f('pk_reports_taken'))
    )
    op.create_index(op.f('ix_reports_taken_member_id'), 'reports_taken', ['member_id'], unique=False)
    op.create_table('sms_picture_waiting',
    sa.Column('id', ID, nullable=False),
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('attempts', ID, nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_sms_picture_waiting_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_picture_waiting'))
    )
    op.create_index(op.f('ix_sms_picture_waiting_due_at'), 'sms_picture_waiting', ['due_at'], unique=False)
    op.create_table('sms_route',
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('sender_hash', sa.String(length=64), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('agreed_on', sa.Date(), nullable=False),
    sa.Column('agreed_how', sa.String(length=20), nullable=False),
    sa.Column('wording', sa.String(length=16), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.CheckConstraint("agreed_how IN ('first_text', 'code_words', 'keyword')", name=op.f('ck_sms_route_agreed_how')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_sms_route_thread_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['wording'], ['sms_wording.version'], name=op.f('fk_sms_route_wording')),
    sa.PrimaryKeyConstraint('thread_id', name=op.f('pk_sms_route'))
    )
    op.create_index(op.f('ix_sms_route_expires_on'), 'sms_route', ['expires_on'], unique=False)
    op.create_index(op.f('ix_sms_route_sender_hash'), 'sms_route', ['sender_hash'], unique=False)
    op.create_table('sms_talk',
    sa.Column('id', ID, nullable=False),
    sa.Column('our_number', sa.String(length=30), nullable=False),
    sa.Column('sender_hash', sa.String(length=64), nullable=False),
    sa.Column('step', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=True),
    sa.Column('thread_id', ID, nullable=True),
    sa.Column('answers', ID, nullable=False),
    sa.Column('window_until', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.CheckConstraint("step IN ('none', 'meeting', 'ages', 'where', 'when', 'more', 'aside')", name=op.f('ck_sms_talk_step')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_sms_talk_thread_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_talk')),
    sa.UniqueConstraint('our_number', 'sender_hash', name=op.f('uq_sms_talk_our_number_sender_hash'))
    )
    op.create_index(op.f('ix_sms_talk_expires_at'), 'sms_talk', ['expires_at'], unique=False)
    op.create_index(op.f('ix_sms_talk_thread_id'), 'sms_talk', ['thread_id'], unique=False)
    op.create_table('sms_texted_answer',
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('message_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['core_outbox.id'], name=op.f('fk_sms_texted_answer_message_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_sms_texted_answer_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('thread_id', name=op.f('pk_sms_texted_answer'))
    )
    op.create_index(op.f('ix_sms_texted_answer_message_id'), 'sms_texted_answer', ['message_id'], unique=False)
    op.create_table('commitments_file',
    sa.Column('id', ID, nullable=False),
    sa.Column('entry_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('size', ID, nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('taken_out_on', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('pdf', 'png', 'jpg', 'txt')", name=op.f('ck_commitments_file_kind')),
    sa.CheckConstraint('(content IS NULL) = (taken_out_on IS NOT NULL)', name=op.f('ck_commitments_file_taken_out')),
    sa.ForeignKeyConstraint(['entry_id'], ['commitments_entry.id'], name=op.f('fk_commitments_file_entry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments_file')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_commitments_file_entry_id'))
    )
    op.create_table('meetings_decision',
    sa.Column('id', ID, nullable=False),
    sa.Column('report_back_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('what_en', sa.Text(), nullable=False),
    sa.Column('what_es', sa.Text(), nullable=False),
    sa.Column('who_en', sa.Text(), nullable=False),
    sa.Column('who_es', sa.Text(), nullable=False),
    sa.Column('by_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['report_back_id'], ['meetings_report_back.id'], name=op.f('fk_meetings_decision_report_back_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_decision')),
    sa.UniqueConstraint('report_back_id', 'position', name=op.f('uq_meetings_decision_report_back_id_position'))
    )
    op.create_table('meetings_said_and_done',
    sa.Column('id', ID, nullable=False),
    sa.Column('report_back_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('said_en', sa.Text(), nullable=False),
    sa.Column('said_es', sa.Text(), nullable=False),
    sa.Column('done_en', sa.Text(), nullable=False),
    sa.Column('done_es', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['report_back_id'], ['meetings_report_back.id'], name=op.f('fk_meetings_said_and_done_report_back_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_said_and_done')),
    sa.UniqueConstraint('report_back_id', 'position', name=op.f('uq_meetings_said_and_done_report_back_id_position'))
    )
    op.create_table('meetings_told',
    sa.Column('id', ID, nullable=False),
    sa.Column('rsvp_id', ID, nullable=False),
    sa.Column('contact_hash', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('sequence', ID, nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('message_id', ID, nullable=True),
    sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f('ck_meetings_told_channel')),
    sa.CheckConstraint("kind IN ('counted', 'ask', 'taken_out', 'moved', 'cancelled', 'withdrawn', 'days', 'day', 'hours')", name=op.f('ck_meetings_told_kind')),
    sa.ForeignKeyConstraint(['message_id'], ['core_outbox.id'], name=op.f('fk_meetings_told_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['rsvp_id'], ['meetings_rsvp.id'], name=op.f('fk_meetings_told_rsvp_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meetings_told'))
    )
    op.create_index(op.f('ix_meetings_told_contact_hash'), 'meetings_told', ['contact_hash', 'kind', 'starts_at'], unique=True, sqlite_where=sa.text("kind IN ('days', 'day', 'hours')"), postgresql_where=sa.text("kind IN ('days', 'day', 'hours')"))
    op.create_index(op.f('ix_meetings_told_message_id'), 'meetings_told', ['message_id'], unique=False)
    op.create_index(op.f('ix_meetings_told_rsvp_id'), 'meetings_told', ['rsvp_id'], unique=False)
    op.create_table('partners_acceptance',
    sa.Column('rules_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_partners_acceptance_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['rules_id'], ['partners_ground_rules.id'], name=op.f('fk_partners_acceptance_rules_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('rules_id', 'member_id', name=op.f('pk_partners_acceptance'))
    )
    op.create_table('partners_call_in_link',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('card_id', ID, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['card_id'], ['partners_call_in_card.id'], name=op.f('fk_partners_call_in_link_card_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_link')),
    sa.UniqueConstraint('card_id', name=op.f('uq_partners_call_in_link_card_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_partners_call_in_link_token_hash'))
    )
    op.create_table('partners_call_in_taken',
    sa.Column('id', ID, nullable=False),
    sa.Column('card_id', ID, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['card_id'], ['partners_call_in_card.id'], name=op.f('fk_partners_call_in_taken_card_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_partners_call_in_taken_desk_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_call_in_taken'))
    )
    op.create_index(op.f('ix_partners_call_in_taken_card_id'), 'partners_call_in_taken', ['card_id'], unique=False)
    op.create_table('partners_locked',
    sa.Column('id', ID, nullable=False),
    sa.Column('session_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('guests_of_id', ID, nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('week_on', sa.Date(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('theme_id', ID, nullable=True),
    sa.CheckConstraint("(kind = 'suggestion') = (week_on IS NOT NULL)", name=op.f('ck_partners_locked_week_on')),
    sa.CheckConstraint("guests_of_id IS NULL OR kind = 'names'", name=op.f('ck_partners_locked_guests')),
    sa.CheckConstraint("kind IN ('suggestion', 'note', 'names')", name=op.f('ck_partners_locked_kind')),
    sa.ForeignKeyConstraint(['guests_of_id'], ['accounts_member.id'], name=op.f('fk_partners_locked_guests_of_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['partners_session.id'], name=op.f('fk_partners_locked_session_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['theme_id'], ['partners_theme.id'], name=op.f('fk_partners_locked_theme_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_locked'))
    )
    op.create_index(op.f('ix_partners_locked_guests_of_id'), 'partners_locked', ['guests_of_id'], unique=False)
    op.create_index(op.f('ix_partners_locked_session_id'), 'partners_locked', ['session_id'], unique=False)
    op.create_index(op.f('ix_partners_locked_theme_id'), 'partners_locked', ['theme_id'], unique=False)
    op.create_table('partners_poll_answer',
    sa.Column('id', ID, nullable=False),
    sa.Column('slot_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=True),
    sa.Column('guest_id', ID, nullable=True),
    sa.Column('choice', sa.String(length=20), nullable=False),
    sa.CheckConstraint("choice IN ('yes', 'maybe', 'no')", name=op.f('ck_partners_poll_answer_choice')),
    sa.CheckConstraint('(member_id IS NULL) <> (guest_id IS NULL)', name=op.f('ck_partners_poll_answer_whose')),
    sa.ForeignKeyConstraint(['guest_id'], ['partners_poll_guest.id'], name=op.f('fk_partners_poll_answer_guest_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_partners_poll_answer_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['slot_id'], ['partners_poll_slot.id'], name=op.f('fk_partners_poll_answer_slot_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners_poll_answer')),
    sa.UniqueConstraint('slot_id', 'guest_id', name=op.f('uq_partners_poll_answer_slot_id_guest_id')),
    sa.UniqueConstraint('slot_id', 'member_id', name=op.f('uq_partners_poll_answer_slot_id_member_id'))
    )
    op.create_table('reports_note',
    sa.Column('id', ID, nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.Column('thread_id', ID, nullable=True),
    sa.Column('about_id', ID, nullable=True),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('written_on', sa.Date(), nullable=False),
    sa.Column('position', ID, server_default='0', nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('desk_key_id', ID, nullable=False),
    sa.Column('key_for_desk', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['about_id'], ['reports_message.id'], name=op.f('fk_reports_note_about_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['desk_key_id'], ['accounts_desk_key.id'], name=op.f('fk_reports_note_desk_key_id')),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_reports_note_member_id')),
    sa.ForeignKeyConstraint(['thread_id'], ['reports_thread.id'], name=op.f('fk_reports_note_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports_note')),
    sa.UniqueConstraint('about_id', name=op.f('uq_reports_note_about_id'))
    )
    op.create_index(op.f('ix_reports_note_thread_id'), 'reports_note', ['thread_id'], unique=False)
    op.create_table('sms_held',
    sa.Column('id', ID, nullable=False),
    sa.Column('thread_id', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['sms_route.thread_id'], name=op.f('fk_sms_held_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_held'))
    )
    op.create_index(op.f('ix_sms_held_thread_id'), 'sms_held', ['thread_id'], unique=False)
    op.create_table('partners_locked_key',
    sa.Column('locked_id', ID, nullable=False),
    sa.Column('member_id', ID, nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['locked_id'], ['partners_locked.id'], name=op.f('fk_partners_locked_key_locked_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['accounts_member.id'], name=op.f('fk_partners_locked_key_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('locked_id', 'member_id', name=op.f('pk_partners_locked_key'))
    )
    if op.get_bind().dialect.name == "postgresql":
        _create_search()
    for statement in ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(statement)


def _create_search() -> None:
    """Create what FTS5 is on SQLite."""
    op.create_table(
        "home_search",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True)),
    )
    op.create_index("ix_home_search_item_id", "home_search", ["item_id"])
    op.create_index("ix_home_search_words", "home_search", ["words"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("home_search")
    op.drop_table("partners_locked_key")
    op.drop_table("sms_held")
    op.drop_table("reports_note")
    op.drop_table("partners_poll_answer")
    op.drop_table("partners_locked")
    op.drop_table("partners_call_in_taken")
    op.drop_table("partners_call_in_link")
    op.drop_table("partners_acceptance")
    op.drop_table("meetings_told")
    op.drop_table("meetings_said_and_done")
    op.drop_table("meetings_decision")
    op.drop_table("commitments_file")
    op.drop_table("sms_texted_answer")
    op.drop_table("sms_talk")
    op.drop_table("sms_route")
    op.drop_table("sms_picture_waiting")
    op.drop_table("reports_taken")
    op.drop_table("reports_same")
    op.drop_table("reports_referral")
    op.drop_table("reports_message")
    op.drop_table("partners_theme")
    op.drop_table("partners_poll_slot")
    op.drop_table("partners_poll_guest")
    op.drop_table("partners_poll_essential")
    op.drop_table("partners_notice")
    op.drop_table("partners_membership")
    op.drop_table("partners_line")
    op.drop_table("partners_head_count")
    op.drop_table("partners_ground_rules")
    op.drop_table("partners_date")
    op.drop_table("partners_call_in_step")
    op.drop_table("partners_call_in_offer")
    op.drop_table("partners_call_in_item")
    op.drop_table("partners_call_in_card")
    op.drop_table("partners_acknowledgement")
    op.drop_table("news_post_tag")
    op.drop_table("meetings_seats")
    op.drop_table("meetings_rsvp")
    op.drop_table("meetings_report_back")
    op.drop_table("meetings_occurrence")
    op.drop_table("meetings_head_count")
    op.drop_table("meetings_door_count")
    op.drop_table("meetings_change")
    op.drop_table("meetings_agenda_point")
    op.drop_table("indicators_survey_tally")
    op.drop_table("indicators_survey_slip")
    op.drop_table("indicators_result")
    op.drop_table("indicators_placebo_counts")
    op.drop_table("indicators_frozen_count")
    op.drop_table("indicators_figure")
    op.drop_table("indicators_deviation")
    op.drop_table("indicators_count_period")
    op.drop_table("following_delivery")
    op.drop_table("following_announcement")
    op.drop_table("commitments_milestone")
    op.drop_table("commitments_item")
    op.drop_table("commitments_entry")
    op.drop_table("alerts_answer")
    op.drop_table("reports_thread")
    op.drop_table("reports_hold")
    op.drop_table("partners_statement")
    op.drop_table("partners_session")
    op.drop_table("partners_poll")
    op.drop_table("partners_note")
    op.drop_table("partners_call_in")
    op.drop_table("news_post")
    op.drop_table("news_guide_tag")
    op.drop_table("news_guide_file")
    op.drop_table("meetings_series")
    op.drop_table("meetings_meeting")
    op.drop_table("markets_status_decision")
    op.drop_table("markets_signal")
    op.drop_table("markets_seat_taken")
    op.drop_table("markets_review")
    op.drop_table("markets_outreach_week")
    op.drop_table("markets_map_sheet")
    op.drop_table("markets_map_feature")
    op.drop_table("markets_key_turned")
    op.drop_table("markets_evidence")
    op.drop_table("markets_call_in")
    op.drop_table("markets_admission")
    op.drop_table("indicators_upload_part")
    op.drop_table("indicators_survey")
    op.drop_table("indicators_study")
    op.drop_table("indicators_placebo_set")
    op.drop_table("indicators_area")
    op.drop_table("following_subscription")
    op.drop_table("following_notice")
    op.drop_table("commitments_slip")
    op.drop_table("commitments_commitment")
    op.drop_table("accounts_sign_in")
    op.drop_table("accounts_desk_key_copy")
    op.drop_table("reports_taught")
    op.drop_table("reports_saved_answer")
    op.drop_table("partners_circle")
    op.drop_table("organisations_office")
    op.drop_table("organisations_belonging")
    op.drop_table("news_guide")
    op.drop_table("meetings_weekly_hours")
    op.drop_table("meetings_venue")
    op.drop_table("markets_market")
    op.drop_table("indicators_upload")
    op.drop_table("indicators_import")
    op.drop_table("commitments_hearing")
    op.drop_table("accounts_role_held")
    op.drop_table("accounts_removal")
    op.drop_table("accounts_reminded")
    op.drop_table("accounts_recovery_code")
    op.drop_table("accounts_reach")
    op.drop_table("accounts_passkey")
    op.drop_table("accounts_invitation")
    op.drop_table("accounts_desk_member")
    op.drop_table("accounts_desk_key")
    op.drop_table("accounts_begin_anew")
    op.drop_table("sms_wording")
    op.drop_table("sms_code_part")
    op.drop_table("sms_unsorted")
    op.drop_table("sms_text_count")
    op.drop_table("sms_provider_copy")
    op.drop_table("sms_pace")
    op.drop_table("sms_opt_out")
    op.drop_table("sms_known_sender")
    op.drop_table("sms_inbound")
    op.drop_table("sms_delivery_word")
    op.drop_table("reports_complaint_month")
    op.drop_table("organisations_organisation")
    op.drop_table("news_tag")
    op.drop_table("meetings_wording")
    op.drop_table("indicators_source")
    op.drop_table("indicators_snapshot_log")
    op.drop_table("indicators_snapshot")
    op.drop_table("indicators_measure")
    op.drop_table("indicators_drawing")
    op.drop_table("home_operator")
    op.drop_table("home_demand_count")
    op.drop_table("following_wording")
    op.drop_table("following_refusal")
    op.drop_table("following_follower")
    op.drop_table("doctor_check")
    op.drop_table("core_waiting_change")
    op.drop_table("core_turn")
    op.drop_table("core_setting_change")
    op.drop_table("core_setting")
    op.drop_table("core_purge")
    op.drop_table("core_outbox")
    op.drop_table("core_cache_version")
    op.drop_table("core_audit_event")
    op.drop_table("accounts_wording")
    op.drop_table("accounts_member")
    op.drop_table("accounts_desk")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION indicators_snapshot_is_frozen()")
        op.execute("DROP FUNCTION indicators_snapshot_is_logged()")
        op.execute("DROP FUNCTION indicators_snapshot_log_stays()")
