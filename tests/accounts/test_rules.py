"""Which roles go together, when a sign-in ends, how often one may try, and who may begin a desk anew."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from types import SimpleNamespace

from hypothesis import given, strategies as st

from portal.accounts import desk_keys, roles, sign_in_rules as rules
from portal.accounts.desk_keys import WAIT, may_agree, may_begin
from portal.accounts.reminders import Due, Nearness, code_from, last_day, nearness
from portal.accounts.roles import DeskKind, Role, conflict, in_force, incompatible, kinds_of_desks

POLICE, ACCOUNTS = Role.POLICE_LIAISON, Role.ADMINISTRATOR

WALL = [pair for pair in combinations(sorted(Role), 2) if POLICE in pair or ACCOUNTS in pair]


def test_every_pair_is_decided():
    assert len(list(combinations(Role, 2))) == 55
    # Whoever reads the word of residents, or knows them, in one role may in another; see the reasons beside the rule.
    assert [pair for pair in combinations(sorted(Role), 2) if incompatible(*pair)] == WALL
    # It stands from both sides, and one role never conflicts with itself.
    for one, other in WALL:
        assert incompatible(other, one)
        assert set(conflict([other, one]) or ()) == {one, other}
    assert [role for role in Role if conflict([role, role]) is not None] == []


def test_who_is_walled_off_reads_no_counts_as_evaluator():
    for walled in (POLICE, ACCOUNTS):
        assert set(conflict([Role.EVALUATOR, walled]) or ()) == {Role.EVALUATOR, walled}
        assert in_force([Role.EVALUATOR, walled]) == {walled}
    # Of earlier roles only those count that fit together.
    assert in_force(["triage", "oversight", "evaluator"]) == {"triage", "oversight", "evaluator"}
    assert in_force(["police_liaison", "evaluator", "triage"]) == {"police_liaison"}
    assert in_force([]) == frozenset()
    # A conflict among many is named in a fixed order.
    held = [Role.EVALUATOR, Role.TRIAGE, Role.FACILITATOR, Role.POLICE_LIAISON]
    assert conflict(held) == conflict(reversed(held)) == (Role.FACILITATOR, Role.POLICE_LIAISON)
    assert conflict([Role.TRIAGE, Role.OVERSIGHT, Role.EVALUATOR, Role.ORGANIZER]) is None
    assert conflict([]) is None


def test_roles_bring_one_seat_and_wall_runs_between_desks():
    assert kinds_of_desks([Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.FAITH_PARTNER]) == {DeskKind.TEAM}
    assert kinds_of_desks([Role.SERVICES, Role.TRIAGE]) == {DeskKind.OUTREACH, DeskKind.TRIAGE}
    assert set(roles.SEAT_OF.values()) == set(DeskKind) == {*roles.READS_REPORTS, *roles.RECEIVES}
    # Nobody who passes on to the police, or receives beside them, can sit with them.
    others = [role for role, kind in roles.SEAT_OF.items() if kind is not DeskKind.POLICE]
    assert all(incompatible(Role.POLICE_LIAISON, role) for role in others)


ELSEWHERE = [
    *(None, "", "en/desk", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test"),
    *("javascript:alert(1)", "/\t/evil.test", "/\n/evil.test", " /en/", "/\x00"),
]


def test_not_a_page_of_ours():
    assert [asked for asked in ELSEWHERE if rules.own_path(asked) is not None] == []
    for ours in ("/en/desk/", "/es/desk/42", "/en/audit/?page=2"):
        assert rules.own_path(ours) == ours
    # And one person has one address.
    assert rules.normal_email(" Ana@Example.ORG ") == rules.normal_email("ana@example.org")


def test_a_word_is_read_whatever_its_case_and_accents():
    assert desk_keys.plain_word(" ÁBACO ") == desk_keys.plain_word("abaco") == "abac"


START = datetime(2026, 11, 24, 8, 30, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_idle_and_absolute_limit():
    for whole, away, is_over in (
        (rules.STAY.idle - SECOND, rules.STAY.idle - SECOND, False),
        (rules.STAY.idle, rules.STAY.idle, True),
        (rules.STAY.whole - SECOND, timedelta(0), False),
        (rules.STAY.whole, timedelta(0), True),
        (rules.STAY.whole, rules.STAY.idle, True),
    ):
        now = START + whole
        assert rules.has_ended(START, now - away, START, now) is is_over
    # The second factor must follow soon.
    for after, is_over in ((-SECOND, False), (timedelta(0), True)):
        now = START + rules.STAY.second_factor + after
        assert rules.has_ended(START, now, None, now) is is_over
        assert not rules.has_ended(START, now, START, now)
    # The key is locked after a short pause, whatever the role.
    assert not rules.locks_key(START, START + rules.STAY.idle - SECOND)
    assert rules.locks_key(START, START + rules.STAY.idle)
    # Seen is noted once a minute.
    seen = rules.to_the_minute(START)
    assert (seen.second, seen.minute) == (0, 30)
    assert not rules.worth_noting(seen, START)
    assert not rules.worth_noting(seen, seen + timedelta(seconds=59))
    assert rules.worth_noting(seen, seen + timedelta(seconds=60))


LONG = {Role.FAITH_PARTNER, Role.FACILITATOR, Role.EVALUATOR}


def test_only_roles_without_keys_of_reports_stay_for_long():
    assert [role for role in Role if rules.stay_of([role]) is rules.LONG_STAY] == [
        role for role in Role if role in LONG
    ]
    # One role with keys is enough for the short one.
    stays = (rules.stay_of(LONG), rules.stay_of({*LONG, Role.TRIAGE}), rules.stay_of([]))
    assert stays == (rules.LONG_STAY, rules.STAY, rules.STAY)
    assert rules.LONG_STAY.whole == rules.STAY.whole


KEY, RANDOM = b"k" * 32, b"r" * 16


def test_what_was_changed_or_made_elsewhere_is_not_ours():
    ours = rules.new_challenge(KEY, RANDOM, START)
    wrong = [b"", b"x" * 24, rules.new_challenge(b"o" * 32, RANDOM, START)]
    for at in (0, 15, 20, 23, 24, 55):
        challenge = bytearray(ours)
        challenge[at] ^= 1
        wrong.append(bytes(challenge))
    assert [challenge for challenge in wrong if rules.is_our_challenge(KEY, challenge, START)] == []
    # One of ours lasts a quarter of an hour.
    for after, good in ((-1, False), (0, True), (rules.CHALLENGE_SECONDS - 1, True), (rules.CHALLENGE_SECONDS, False)):
        assert rules.is_our_challenge(KEY, ours, START + after * SECOND) is good
    # What a passkey computed has 32 bytes.
    for typed, size in (("A" * 43, 32), ("A" * 42, None), ("", None), ("ñ" * 43, None), ("A" * 44, None)):
        output = rules.passkey_output(typed)
        assert (output and len(output)) == size


class Counts:
    """Fixed windows that never end: the worst case for whoever is being locked out."""

    def __init__(self):
        self.tries = Counter()

    def may_try(self, windows):
        self.tries.update(windows)
        return all(self.tries[window] <= window.most for window in windows)


def test_a_stranger_elsewhere_cannot_lock_a_member_out():
    counts = Counts()
    for place in range(2000):
        counts.may_try(rules.sign_in_windows("member", f"strange-{place % 50}", "strange"))
    assert counts.may_try(rules.sign_in_windows("member", "home", "nearby"))


def test_tries_of_address_and_network_have_an_end():
    for windows, most in (
        (lambda _number: rules.sign_in_windows("member", "there", "around"), 5),
        (lambda number: rules.sign_in_windows("member", f"there-{number}", "around"), 100),
        (lambda number: rules.sign_in_windows(f"member-{number}", "there", "around"), 60),
    ):
        counts = Counts()
        assert sum(counts.may_try(windows(number)) for number in range(2000)) == most
    # No count belongs to the account alone.
    assert all("there" in window.key for window in rules.sign_in_windows("member", "there", "there"))
    assert counts.may_try(rules.sign_in_windows("another", "elsewhere", "further"))


def test_strangers_nearby_use_up_nothing_where_password_was_right():
    counts = Counts()
    for number in range(2000):
        counts.may_try(rules.sign_in_windows("member", f"there-{number}", "around"))
        counts.may_try(rules.passkey_windows(f"there-{number}", "around"))
    assert not counts.may_try(rules.sign_in_windows("member", "home", "around"))
    known = rules.sign_in_windows("member", "home-too", "around", is_known=True)
    assert [counts.may_try(known) for _ in range(6)] == [True] * 5 + [False]
    assert not counts.may_try(rules.passkey_windows("home", "around"))
    assert counts.may_try(rules.passkey_windows("home-too", "around", is_known=True))
    assert rules.sign_in_shares("home", "around", is_known=True) == {"home": 3}


def test_many_addresses_do_not_help_against_six_digits():
    counts = Counts()
    let_through = sum(counts.may_try(rules.second_factor_windows(f"sign-in-{n}", "member")) for n in range(1000))
    assert let_through == 30
    assert counts.may_try(rules.second_factor_windows("sign-in", "another"))


def test_windows_of_one_kind_and_key_differ_in_length():
    asked = rules.sign_in_windows("a", "b", "c"), rules.second_factor_windows("s", "m"), rules.invitation_windows("b")
    windows = [window for some in asked for window in some]
    assert max(Counter((window.what, window.key, window.seconds) for window in windows).values()) == 1
    assert all(window.most > 0 and window.seconds > 0 for window in windows)


DAY = date(2026, 6, 20)
LONG_BEFORE = DAY - timedelta(days=60)


def before(days):
    return DAY - timedelta(days=days)


def test_week_before_day_before_and_when_it_is_late():
    expected = {8: None, 7: Nearness.WEEK, 2: Nearness.WEEK, 1: Nearness.EVE, 0: Nearness.EVE, -15: None}
    expected |= {-1: Nearness.LATE, -14: Nearness.LATE}
    assert {days: nearness(DAY, LONG_BEFORE, before(days)) for days in expected} == expected
    # Who named the day lately is reminded later.
    for named, on, then in (
        *((before(7), before(6), None), (before(5), before(3), None), (before(8), before(7), Nearness.WEEK)),
        *((before(1), before(1), None), (before(1), DAY, Nearness.EVE), (before(0), before(-1), Nearness.LATE)),
    ):
        assert nearness(DAY, named, on) is then
    # A reminder ends with its day, and lateness the day after.
    for days, last in (((-5,), before(-1)), ((0,), DAY), ((3,), before(-1)), ((3, 0), DAY)):
        assert last_day([Due(before(one), "promise 1", Nearness.WEEK, 1) for one in days], DAY) == last


@given(st.binary(min_size=8, max_size=32))
def test_a_code_is_six_figures_however_it_is_typed(digest):
    code = code_from(digest)
    assert len(code) == 6
    assert rules.typed_digits(f" {code[:3]}-{code[3:]} ") == code


NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
HERE, THERE, ASKER, ANA = 1, 2, 10, 11


def ana_may(**given):
    usual = {"id": ANA, "roles": frozenset({Role.TRIAGE}), "created_at": LONG_AGO, "renewed_at": None}
    opens = given.pop("opens", [(THERE, LONG_AGO)])
    return may_agree(SimpleNamespace(**usual | given), opens, desk_id=HERE, asked_by_id=ASKER, now=NOW)


def test_nobody_else_may():
    assert ana_may()
    # Somebody who has long opened another desk.
    assert ana_may(renewed_at=NOW - WAIT, opens=[(HERE, NOW), (THERE, NOW - WAIT)])
    for other in (
        {"id": ASKER},
        {"roles": frozenset({Role.POLICE_LIAISON})},
        {"roles": frozenset({Role.ADMINISTRATOR})},
        {"created_at": NOW - WAIT + SECOND},
        {"renewed_at": NOW - WAIT + SECOND},
        {"opens": []},
        {"opens": [(HERE, LONG_AGO)]},
        {"opens": [(THERE, NOW - WAIT + SECOND)]},
    ):
        assert not ana_may(**other), other


def test_it_takes_time_second_person_and_account_that_asked():
    asked_at = NOW - WAIT
    assert timedelta(days=7) == WAIT
    assert may_begin(asked_at, None, agreed=True, now=NOW)
    assert may_begin(asked_at, asked_at - SECOND, agreed=True, now=NOW)
    assert not may_begin(asked_at, None, agreed=False, now=NOW + WAIT)
    assert not may_begin(asked_at, None, agreed=True, now=NOW - SECOND)
    assert not may_begin(asked_at, asked_at, agreed=True, now=NOW + WAIT)
