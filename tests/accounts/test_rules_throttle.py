"""Throttling that slows a guesser down and locks nobody out."""

from collections import Counter

from portal.accounts.sign_in_rules import (
    ThrottleWindow,
    invitation_windows,
    passkey_windows,
    second_factor_windows,
    sign_in_shares,
    sign_in_windows,
)


class Counts:
    """Fixed windows that never end: the worst case for whoever is being locked out."""

    def __init__(self) -> None:
        self.tries: Counter[ThrottleWindow] = Counter()

    def may_try(self, windows: tuple[ThrottleWindow, ...]) -> bool:
        self.tries.update(windows)
        return all(self.tries[window] <= window.most for window in windows)


def test_a_stranger_elsewhere_cannot_lock_a_member_out() -> None:
    counts = Counts()
    for place in range(2000):
        counts.may_try(sign_in_windows("member", f"strange-{place % 50}", "strange"))
    assert counts.may_try(sign_in_windows("member", "home", "nearby"))


def test_one_address_gets_five_tries_at_one_account() -> None:
    counts = Counts()
    assert [counts.may_try(sign_in_windows("member", "there", "around")) for _ in range(6)] == [True] * 5 + [False]
    assert counts.may_try(sign_in_windows("another", "there", "around"))


def test_one_network_with_very_many_addresses_gets_a_hundred_tries_at_one_account() -> None:
    counts = Counts()
    let_through = sum(counts.may_try(sign_in_windows("member", f"there-{n}", "around")) for n in range(2000))
    assert let_through == 100


def test_strangers_in_the_same_network_use_up_nothing_of_where_the_password_was_right() -> None:
    counts = Counts()
    for number in range(2000):
        counts.may_try(sign_in_windows("member", f"there-{number}", "around"))
        counts.may_try(passkey_windows(f"there-{number}", "around"))
    assert not counts.may_try(sign_in_windows("member", "home", "around"))
    known = sign_in_windows("member", "home-too", "around", is_known=True)
    assert [counts.may_try(known) for _ in range(6)] == [True] * 5 + [False]
    assert not counts.may_try(passkey_windows("home", "around"))
    assert counts.may_try(passkey_windows("home-too", "around", is_known=True))
    assert sign_in_shares("home", "around", is_known=True) == {"home": 3}


def test_one_address_cannot_try_everybody() -> None:
    counts = Counts()
    let_through = sum(counts.may_try(sign_in_windows(f"member-{n}", "there", "around")) for n in range(500))
    assert let_through == 60


def test_no_count_of_a_sign_in_belongs_to_an_account_alone() -> None:
    assert all("there" in window.key for window in sign_in_windows("member", "there", "there"))


def test_many_addresses_do_not_help_against_six_digits() -> None:
    counts = Counts()
    let_through = sum(counts.may_try(second_factor_windows(f"sign-in-{n}", "member")) for n in range(1000))
    assert let_through == 30
    assert counts.may_try(second_factor_windows("sign-in", "another"))


def test_windows_of_one_kind_and_key_differ_in_length() -> None:
    windows = (*sign_in_windows("a", "b", "c"), *second_factor_windows("s", "m"), *invitation_windows("b"))
    assert max(Counter((window.what, window.key, window.seconds) for window in windows).values()) == 1
    assert all(window.most > 0 and window.seconds > 0 for window in windows)
