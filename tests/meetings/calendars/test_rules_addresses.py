"""Which addresses are asked, and which never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.calendars.hours import (
    LONGEST_PAUSE,
    BadAddress,
    Target,
    is_public,
    must_read_in_full,
    next_look,
    target,
)

CLOSED = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 "
    "198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"
).split()
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@st.composite
def closed_numbers(draw: st.DrawFn) -> IPv4Address:
    network = IPv4Network(draw(st.sampled_from(CLOSED)))
    return network[draw(st.integers(0, network.num_addresses - 1))]


@given(closed_numbers())
def test_no_closed_network_is_asked_under_any_of_its_names(number: IPv4Address) -> None:
    high, low = f"{int(number) >> 16:x}", f"{int(number) & 0xFFFF:x}"
    names = (f"{number}", f"::ffff:{number}", f"64:ff9b::{number}", f"::{number}", f"2002:{high}:{low}::1")
    assert [name for name in names if is_public(name)] == []


@pytest.mark.parametrize("number", ["::1", "::", "fe80::1", "fe80::1%eth0", "fd12:3456::1", "ff02::1", "2001::1", "x"])
def test_no_closed_network_of_the_new_kind_is_asked(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_open_network_is_asked(number: str) -> None:
    assert is_public(number)


def test_only_tests_ask_their_own_machine() -> None:
    assert is_public("127.0.0.1", loopback=True) and is_public("::1", loopback=True)
    assert not is_public("10.0.0.1", loopback=True)
    assert not is_public("169.254.169.254", loopback=True)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.org/a.ics", "not_https"),
        ("ftp://example.org/a.ics", "no_address"),
        ("file:///etc/passwd", "no_address"),
        ("https://ana:secret@example.org/a.ics", "password"),
        ("https://example.org:8443/a.ics", "port"),
        ("https://example.org:http/a.ics", "no_address"),
        ("https:///a.ics", "no_address"),
        ("https://exa mple.org/a.ics", "no_address"),
        ("https://example.org/a\r\nHost: other", "no_address"),
        ("https://example.org/ñ", "no_address"),
        ("https://example.org/" + "a" * 1000, "no_address"),
        ("https://exam%70le.org/", "no_address"),
        ("calendar", "no_address"),
        ("", "no_address"),
    ],
)
def test_some_addresses_are_none(url: str, key: str) -> None:
    with pytest.raises(BadAddress) as raised:
        target(url)
    assert raised.value.key == key


def test_an_address_is_taken_apart() -> None:
    assert target("https://Example.org/cal/a.ics?key=1#x") == Target("example.org", 443, "/cal/a.ics?key=1")
    assert target("webcal://example.org") == Target("example.org", 443, "/")
    assert target("https://[2606:4700::1]/a") == Target("2606:4700::1", 443, "/a")


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            found = target(url)
        except BadAddress:
            continue
        assert found.port == 443
        assert found.path.isascii() and " " not in found.path


def test_a_broken_address_is_left_alone_for_longer_and_longer() -> None:
    pauses = [next_look(failures, NOW) - NOW for failures in range(12)]
    assert pauses[0] == timedelta(hours=6)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_once_a_month_everything_is_read_anew() -> None:
    assert must_read_in_full(None, NOW)
    assert not must_read_in_full(NOW - timedelta(days=29), NOW)
    assert must_read_in_full(NOW - timedelta(days=31), NOW)
