"""Tries are counted by something that stands for an address today and for nothing tomorrow."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.config import BadSettings, read_settings
from portal.core import limits
from portal.core.counters import CountersAway, CountersInMemory, CountersInPostgres
from portal.core.db import random_id
from portal.core.engines import MOST_NUMBER
from portal.core.limits import RateLimit, address_key, attempt, hash_address, may_try, networks, remember, remembered
from portal.core.statuses import status_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def ask(app, function, address="203.0.113.7"):
    """Call a function in a request from an address."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return function()


def rows(data_dir, table):
    with sqlite3.connect(data_dir / "limits.db") as connection:
        found = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return found


def test_one_household_and_one_network_are_one_key():
    for width, same, other in (
        (0, ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), "2001:db8:1:3::1"),
        (0, ("203.0.113.7", "::ffff:203.0.113.7"), "203.0.113.8"),
        (0, ("", ""), "not an address"),
        (0, ("0.0.0.7", "0.0.0.7"), "::7"),
        (limits.WIDE, ("2001:db8:1:2::1", "2001:db8:1:ffff::1"), "2001:db8:2::1"),
        (limits.WIDE, ("203.0.113.7", "203.0.113.200"), "203.0.114.7"),
        (limits.WIDEST, ("2001:db8:1::1", "2001:db8:ffff::1"), "2001:db9::1"),
        (limits.WIDEST, ("203.0.113.7", "203.0.200.7"), "203.1.113.7"),
    ):
        keys = [hash_address(address, b"salt", width) for address in (*same, other)]
        assert keys[0] == keys[1] != keys[2]
        assert keys[0] not in {hash_address(same[0], b"salt", narrower) for narrower in range(width)}


def test_key_lasts_a_day_and_its_salt_is_destroyed(app, settings):
    with time_machine.travel(NOON) as moment:
        today = ask(app, address_key)
        assert ask(app, address_key) == today
        salts = rows(settings.in_memory, "salts")
        ask(app, lambda: may_try("code", address_key(), 3, 60))
        assert len(rows(settings.in_memory, "tries")) == 1
        moment.shift(timedelta(hours=12, seconds=1))
        assert ask(app, address_key) != today
        # The counters of yesterday go with its salt.
        assert rows(settings.in_memory, "tries") == []
        assert len(salts) == len(rows(settings.in_memory, "salts")) == 1
        assert rows(settings.in_memory, "salts") != salts
        moment.shift(timedelta(days=-1))
        assert ask(app, address_key) != today
    everything = b"".join(path.read_bytes() for path in settings.in_memory.glob("limits.db*"))
    assert salts[0][1] not in everything
    # All who are first on a day get one; each has a connection of its own, as processes have.
    everybody = [CountersInMemory(settings.in_memory / "limits.db", "secret") for _ in range(8)]
    every_salt = set()
    for day in (f"2026-05-{number:02}" for number in range(6, 11)):
        with time_machine.travel(f"{day}T12:00:00+00:00"), ThreadPoolExecutor(len(everybody)) as crowd:
            made = set(crowd.map(lambda storage: storage.salt(), everybody))
        assert len(made) == 1
        every_salt |= made
        assert [row[0] for row in rows(settings.in_memory, "salts")] == [day]
    assert len(every_salt) == 5


def test_a_window_lets_so_many_through_and_ends(app):
    def trying():
        return may_try("code", address_key(), 3, 60)

    def looking():
        return limits.may_still_try("code", address_key(), 3, 60)

    def given_back():
        assert may_try("code", address_key(), 3, 60)
        limits.give_back("code", address_key(), 3, 60)

    with time_machine.travel(NOON) as moment:
        assert all(ask(app, looking) for _ in range(5)), "looking costs no try"
        for _again in range(5):
            ask(app, given_back)
        assert [ask(app, trying) for _ in range(5)] == [True, True, True, False, False]
        assert not ask(app, looking)
        assert ask(app, trying, "203.0.113.8")
        assert ask(app, lambda: may_try("another thing", address_key(), 3, 60))
        moment.shift(61)
        # Nobody saves up tries: what is given back when nothing was counted is nothing.
        for _again in range(5):
            ask(app, lambda: limits.give_back("code", address_key(), 3, 60))
        assert [ask(app, trying) for _ in range(5)] == [True, True, True, False, False]


def test_no_address_is_written_down(app, settings, tmp_path):
    for address in ("203.0.113.7", "2001:db8:1:2::1"):
        ask(app, lambda: may_try("code", address_key(), 3, 60), address)
    everything = b"".join(path.read_bytes() for path in settings.in_memory.glob("limits.db*"))
    assert b"203.0.113" not in everything
    assert b"2001:db8" not in everything
    # What stands for addresses lies in memory.
    ordinary = settings.model_copy(update={"memory_dir": None, "data_dir": tmp_path})
    assert not ordinary.in_memory.is_relative_to(ordinary.data_dir)
    assert ordinary.in_memory.is_relative_to("/dev/shm")
    assert ordinary.in_memory.stat().st_mode & 0o077 == 0
    ordinary.in_memory.rmdir()
    # What is deleted is overwritten there, too.
    storage = CountersInMemory(tmp_path / "limits.db", "secret")
    with closing(sqlite3.connect(tmp_path / "limits.db")) as file:
        # SQLite refuses at once when two threads switch a new file to WAL: the first tries after a start would fail.
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {"tries", "numbers", "salts"}
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    storage.count("pseudonym of an address", 0)
    storage.salt()
    assert b"pseudonym of an address" not in b"".join(path.read_bytes() for path in tmp_path.glob("limits.db*"))


def test_number_takes_place_of_earlier_one_and_ends(app):
    with app.app_context(), time_machine.travel(NOON) as moment:
        for number in (random_id(), MOST_NUMBER, MOST_NUMBER):
            remember("report open 7", number, 60)
            assert remembered("report open 7") == number
        assert remembered("report open 8") == 0
        moment.shift(61)
        assert remembered("report open 7") == 0
        remember("report open 7", 1, 60)
        remember("report open 7", 0, 0)
        assert remembered("report open 7") == 0


SHARE = RateLimit(near=3, wide=5, everybody=8, reserved=2, seconds=60)


def tries(app, addresses):
    return [ask(app, lambda: attempt("code", SHARE).passed, address) for address in addresses]


def test_strangers_nearby_refuse_nobody_who_was_honest_before(app):
    with time_machine.travel(NOON, tick=False) as clock:
        ask(app, lambda: limits.note_honest(networks().near), "2001:db8:1:7::1")
        assert tries(app, [f"2001:db8:1:{number:x}::1" for number in range(20, 28)]) == [True] * 5 + [False] * 3
        # Her own share stays what it is, and the salt's end is the end of it.
        assert tries(app, ["2001:db8:1:7::2"] * 4) == [True] * 3 + [False]
        clock.shift(timedelta(days=1))
        assert not ask(app, lambda: limits.is_honest(networks().near), "2001:db8:1:7::1")


def test_nobody_is_kept_out_by_those_of_another_provider(app):
    with time_machine.travel(NOON, tick=False):
        # One address and one network have each their share.
        assert tries(app, ["203.0.113.7"] * 100) == [True] * 3 + [False] * 97
        assert tries(app, [f"203.0.113.{last}" for last in range(20, 24)]) == [True] * 2 + [False] * 2
        # What its own network refuses takes nothing from others.
        assert tries(app, [f"198.51.{number}.7" for number in range(3)]) == [True] * 3
        flood = tries(app, [f"2001:db8:{number:x}::1" for number in range(60)])
        assert flood == [True] * 2 + [False] * 58
        assert tries(app, ["2a02:db8::1", "192.0.2.7", "192.0.3.7"]) == [True] * 3


def test_what_was_no_guess_counts_nowhere(app):
    def right():
        made = attempt("code", SHARE)
        limits.take_back(made)
        return made.passed

    with time_machine.travel(NOON, tick=False):
        assert all(ask(app, right) for _ in range(30))
        # Also while everybody's is used up by others, and nobody's is given back for it.
        tries(app, [f"2001:db8:{number:x}::1" for number in range(60)])
        assert all(ask(app, right) for _ in range(30))
        assert tries(app, ["2001:db8:ffff::1"]) == [False]


def test_without_postgresql_it_is_refused_or_away():
    with pytest.raises(BadSettings, match="names no PostgreSQL"):
        read_settings(environment="test", limits_url="postgres", database_url="")
    with pytest.raises(CountersAway) as told:
        CountersInPostgres("postgresql://127.0.0.1:9/nobody", "secret").tries("k")
    assert status_of(told.value) == 503
