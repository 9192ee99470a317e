"""Colleagues: setting a desk up, admitting, the recovery phrase."""

from itertools import pairwise

from itsdangerous import URLSafeTimedSerializer

from portal.accounts import desk_keys
from portal.accounts.users import active_key
from tests.accounts.doors import sign_in
from tests.make import make_desk, make_member, make_report
from tests.page import reader_of


def first_at_desk(work):
    """The first at a new desk."""
    with work() as session:
        member = make_member(session, ("triage",), email="ana@portal.test", name="Ana")
        desk_keys.give_seat(desk_keys.desk_of_kind("triage"), member.id, None)
    return member


def show_phrase(page):
    explained = page("/en/colleagues/")
    address = next(
        link.get("href", "") for link in explained.find_all("a.button") if "phrase/new" in link.get("href", "")
    )
    shown = page(address).form().submit()
    return shown, [item.text or "" for item in shown.find_all("#code-words li")]


def asked(step):
    return [int((label.text or "").split()[-1]) for label in step.find_all("main form label")]


def begin(reader):
    """Set the desk up; the words of its phrase."""
    shown, words = show_phrase(reader)
    step = shown.form().submit()
    first, second = asked(step)
    step.form().submit(first=words[first - 1], second=words[second - 1])
    return words


def test_first_one_sets_desk_up_by_two_words(page, app, work):
    ana = first_at_desk(work)
    with work():
        oversight = desk_keys.desk_of_kind("oversight").id
    sign_in(page)
    for address in ("phrase", "phrase/new"):
        page(f"/en/colleagues/{oversight}/{address}", 404)
    shown, words = show_phrase(page)
    assert len(words) == 24
    step = shown.form().submit()
    # The words stand in no address, cookie or hidden field.
    _valid, promised = URLSafeTimedSerializer("", salt="").loads_unsafe(shown.form().values["sealed"])
    assert set(promised) == {"desk", "member", "key", "places", "proof"}
    answer = f"{step.response.headers} {step.response.text} {promised}"
    assert not [pair for pair in pairwise(words) if " ".join(pair) in answer]
    first, second = asked(step)
    wrong = step.form().submit(422, first=words[first - 1], second="nothing")
    with work():
        assert active_key("triage") is None
    done = wrong.form().submit(first=words[first - 1].upper(), second=words[second - 1])
    assert done.path == "/en/colleagues/"
    # They open the desk for whoever comes after.
    with work() as session:
        bea = make_member(session, ("triage",), email="bea@portal.test")
        desk = desk_keys.desk_of_kind("triage")
        thread_id = make_report("Two people by the bus stop.").thread.id
        desk_keys.take_seat(desk, ana.id, None, even_last=True)
        desk_keys.give_seat(desk, bea.id, None)
    other = reader_of(app, bea)
    form_page = other("/en/colleagues/").follow("Open with the recovery phrase")
    wrong = form_page.form().submit(422, phrase=" ".join(words[:-1]))
    assert words[0] in "".join(wrong.find("textarea").itertext())
    wrong.form().submit(phrase=", ".join(word.upper() for word in words))
    assert "bus stop" in other(f"/en/desk/{thread_id}").text


def test_a_promise_of_somebody_else_is_refused(page, app, work):
    first_at_desk(work)
    with work() as session:
        bea = make_member(session, ("triage",), email="bea@portal.test")
        desk_keys.give_seat(desk_keys.desk_of_kind("triage"), bea.id, None)
    sign_in(page)
    shown, _words = show_phrase(page)
    theirs, _words = show_phrase(reader_of(app, bea))
    theirs.form().submit(404, sealed=shown.form().values["sealed"])


def test_admitting_a_colleague_who_then_reads_what_is_old(app, work):
    with work() as session:
        ana, bea = make_member(session), make_member(session, name="Bea")
        desk_keys.give_seat(make_desk(session, [ana]), bea.id, None)
        thread_id = make_report("Two people by the bus stop.").thread.id
    other = reader_of(app, bea)
    assert "You cannot open this desk yet" in other("/en/colleagues/").text
    other(f"/en/desk/{thread_id}", 404)
    reader_of(app, ana)("/en/colleagues/").form("admit").submit()
    assert "bus stop" in other(f"/en/desk/{thread_id}").text
