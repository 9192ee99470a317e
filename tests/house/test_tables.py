"""What contracts about imports cannot see: names of tables and columns, and where foreign keys point."""

import re

from sqlalchemy import Column, Table, Text

from portal.app import FEATURES
from portal.core.db import NAMES, Base, Encrypted

FLOORS = (
    ("core",),
    ("accounts",),
    ("organisations",),
    ("markets",),
    ("commitments", "following"),
    ("reports", "meetings", "news", "partners"),
    ("indicators", "alerts"),
    ("sms", "home"),
    ("doctor",),
)
FLOOR = {feature: number for number, features in enumerate(FLOORS) for feature in features}
EVERY_TABLE = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
# What would tell whose device it was.
DEVICE = re.compile(r"(^|_)(ip|ip_address|remote|user_agent|agent|referr?er|fingerprint|device|cookie)($|_)")
# What would tell who reported.
PERSON = re.compile(r"(^|_)(tel|telephone|phone|mobile|number|sender|address|email|mail|name|person)($|_)")
# What a resident wrote is sealed, and the code is not kept at all.
WORDS = re.compile(r"(^|_)(text|body|words|code|passphrase|note|description)($|_)")
EXACT_IDS = {"core_audit_event", "core_cache_version", "indicators_snapshot_log"}


def feature_of(table: Table) -> str:
    return table.name.partition("_")[0]


def columns() -> list[Column[object]]:
    return [column for table in EVERY_TABLE for column in table.columns]


def test_every_feature_with_models_is_listed() -> None:
    assert {feature_of(table) for table in EVERY_TABLE} == set(FLOOR)
    assert FEATURES


def test_the_name_says_whose_it_is() -> None:
    for mapper in Base.registry.mappers:
        assert mapper.class_.__module__.startswith(f"portal.{feature_of(mapper.local_table)}."), mapper


def test_foreign_keys_point_down_or_stay() -> None:
    for table in EVERY_TABLE:
        for key in table.foreign_keys:
            target = feature_of(key.column.table)
            assert target == feature_of(table) or FLOOR[target] < FLOOR[feature_of(table)], key


def test_every_constraint_has_the_name_that_migrations_look_for() -> None:
    for table in EVERY_TABLE:
        for constraint in table.constraints:
            assert str(constraint.name).startswith(("pk_", "fk_", "uq_", "ck_")), constraint
        assert all(index.name for index in table.indexes)
    assert set(NAMES) == {"ix", "uq", "ck", "fk", "pk"}


def test_no_device_is_remembered() -> None:
    assert [str(column) for column in columns() if DEVICE.search(column.name)] == []


def test_ids_do_not_count() -> None:
    """1, 2, 3 would tell how many reports there are, and a gap that one is hidden."""
    for table in EVERY_TABLE:
        key = table.primary_key.columns.values()
        if table.name not in EXACT_IDS and len(key) == 1 and not key[0].foreign_keys and key[0].type.python_type is int:
            assert key[0].default is not None, table


def test_reports_hold_no_person_and_no_clear_word() -> None:
    for column in columns():
        if column.table.name.startswith("reports_"):
            assert not PERSON.search(column.name), column
            assert not WORDS.search(column.name) or column.name == "code_confirmed", column
            # Who was seen with a phone in hand at ten past nine?
            assert getattr(column.type, "python_type", None).__name__ != "datetime", column


def test_numbers_are_kept_encrypted_for_answer_or_question() -> None:
    kept = [str(column) for column in columns() if re.search(r"(^|_)(number|phone|telephone)$", column.name)]
    # What an administrator publishes for callers: numbers of an office, of nobody who reports.
    published = {"home_operator.phone", "home_operator.press_phone"}
    kept = [column for column in kept if column not in published]
    assert kept == ["core_cache_version.number", "sms_route.number", "sms_talk.our_number", "sms_unsorted.number"]
    assert Base.metadata.tables["sms_route"].c.number.type.python_type is bytes
    assert isinstance(Base.metadata.tables["sms_unsorted"].c.number.type, Encrypted)


# What stands in clear beside a place: marks, names on the map of the city, news that followers got, numbers of a study.
CLEAR = {
    "stale",
    "markets_map_feature.name",
    "following_notice.words",
    "following_notice.link",
    "indicators_result.content",
}


def test_no_text_about_a_place_is_in_clear() -> None:
    about, before = {"markets_market", "partners_call_in"}, 0
    while len(about) > before:
        before = len(about)
        about |= {table.name for table in EVERY_TABLE if {key.column.table.name for key in table.foreign_keys} & about}
    texts = [one for one in columns() if one.table.name in about and type(one.type) is Text]
    names = {(one.name, f"{one.table.name}.{re.sub('_(en|es)$', '', one.name)}") for one in texts}
    assert {full for name, full in names if name not in CLEAR} == {name for name in CLEAR if "." in name}
    call_in = Base.metadata.tables["partners_call_in"].c
    assert all(isinstance(one.type, Encrypted) for one in (call_in.held_on, call_in.market_id))
