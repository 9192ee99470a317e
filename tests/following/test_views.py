"""The pages: asking, the same answer always, the button behind the link, leaving with one click."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.core.contact import mailbox_of
from portal.core.limits import MOST_TO_DOMAIN
from portal.following.following import MOST_TO_ONE, Follower, FollowRefusal, Subscription, leave_link, mine_link
from portal.following.following_pages import ASKING
from tests.conftest import Work
from tests.following.followers import ANA, MEETINGS, NOON, ROSA, SAFETY, make_follower, place, queued
from tests.make import make_market
from tests.page import Reader

ASKED = {"contact": ANA, "about": "meetings"}


def path_of(link: str) -> str:
    return link.removeprefix("http://localhost")


def link_in(body: str, part: str) -> str:
    found = re.search(rf"http://localhost(/\w\w/follow/{part}/\S+)", body)
    assert found
    return found[1]


def bodies(work: Work) -> list[tuple[str, str]]:
    with work() as session:
        return queued(session)


def followers(work: Work) -> int:
    with work() as session:
        return session.scalar(select(func.count(Follower.id))) or 0


def test_from_page_of_place_to_first_news(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")
    form = page("/en/places/elm-street/").follow("Get news about this place").form("follow")
    assert form.values["about"] == "place-elm-street"
    assert "Open the link in it and press the button" in page.read(form.send(contact=ANA)).text
    [(address, body)] = bodies(work)
    assert address == ANA
    opened = page(link_in(body, "confirm"))
    assert "News about Elm Street" in opened.text
    with work() as session:
        # Programs that check mail open links.
        assert session.scalars(select(Subscription.confirmed_on)).one() is None
    assert "You get news about: Elm Street" in opened.form("confirm").submit().text
    with work() as session:
        assert session.scalars(select(Subscription.confirmed_on)).one() is not None


def test_several_are_asked_for_at_once(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")
    form = page("/en/follow/?about=meetings").form("follow")
    page.read(form.send(contact=ANA, about=["place-elm-street", "safety"]))
    opened = page(link_in(bodies(work)[0][1], "confirm"))
    assert "News about Elm Street, safety in the neighborhood" in opened.text
    mine = opened.form("confirm").submit().text
    assert "Elm Street" in mine and "safety in the neighborhood" in mine and "all meetings" not in mine
    nothing = form.submit(422, contact=ANA, about=[])
    assert "Please check at least one." in nothing.text and nothing.form("follow").values["contact"] == ANA


def test_the_answer_never_tells_who_follows(page: Reader, work: Work) -> None:
    form = page("/en/follow/").form("follow")
    for number, address in enumerate((ANA, ROSA)):
        page.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        first = form.send(contact=address, about="meetings").text
        with work() as session:
            make_follower(session, MEETINGS, address)
        # Also when there were too many questions to this mailbox.
        assert {form.send(contact=address, about="meetings").text for _time in range(7)} == {first}


def test_hidden_place_is_neither_offered_nor_told_from_none(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Secret Street", released=False)
    hidden = page("/en/follow/?place=secret-street")
    assert "Secret" not in hidden.response.text
    assert not hidden.has("input[checked]")
    data = hidden.form("follow").values
    for slug in ("secret-street", "never-there"):
        data["contact"], data["about"] = ANA, f"place-{slug}"
        assert page.client.post("/en/follow/", data=data).status_code == 422
    assert followers(work) == 0


def test_what_cannot_be_reached_is_said_beside_the_field(page: Reader, work: Work) -> None:
    mails = ("ana@", "hello", "ana at example.org", "a@b.c\r\nBcc: x@y.z")
    for typed in ("", *mails, "336", "+44 20 7946 0958", "1-900-555-0100"):
        answer = page("/es/follow/").form("follow").submit(422, contact=typed, about="meetings")
        assert answer.find("input[name=contact]").get("aria-invalid") == "true"
    assert followers(work) == 0


def test_so_many_questions_an_hour(page: Reader, work: Work) -> None:
    form = page("/en/follow/").form("follow")
    for number in range(ASKING.near):
        form.send(contact=f"a{number}@example.org", about="meetings")
    refused = form.submit(429, contact=ANA, about="meetings")
    assert refused.form("follow").values["contact"] == ANA
    assert followers(work) == ASKING.near


def test_questions_of_one_customer_refuse_nobody_who_agreed_today(page: Reader, work: Work) -> None:
    form = page("/en/follow/").form("follow")

    def ask(number: int, contact: str, status: int = 200) -> None:
        page.client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:{number:x}::1"
        assert form.send(contact=contact, about="meetings").status_code == status

    ask(0, ANA)
    page(link_in(bodies(work)[0][1], "confirm")).form("confirm").submit()
    for number in range(1, ASKING.wide):
        ask(number, f"a{number}@example.org")
    ask(ASKING.wide, "late@example.org", 429)
    ask(0, "another@example.org")


def spellings(times: int) -> list[str]:
    """Ways to write the mailbox of one stranger."""
    dotted = [f"{'anaperez'[:cut]}.{'anaperez'[cut:]}" for cut in range(1, 8)]
    names = [*dotted, "ANAPEREZ", "(a)anaperez", '"anaperez"', "=?utf-8?q?anaperez?=", "Ana <anaperez"]
    names += [f"{name}+{number}" for number in range(times) for name in ("anaperez", "ana.perez")]
    return [f"{name}@{('gmail.com', 'GoogleMail.com')[number % 2]}" for number, name in enumerate(names)][:times]


def ask_for(page: Reader, monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    # Somebody with many connections.
    for name in ("ASKING", "ASKING_A_DAY"):
        monkeypatch.setattr(f"portal.following.following_pages.{name}", ASKING._replace(near=1_000, wide=1_000))
    values = page("/en/follow/").form("follow").values
    for address in addresses:
        page.client.post("/en/follow/", data={**values, **ASKED, "contact": address})


def test_spellings_of_a_mailbox_get_no_more_than_one(page: Reader, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    with work() as session:
        make_follower(session, MEETINGS, ANA)
    ask_for(page, monkeypatch, [ANA.replace("@", "+else@")])
    # What somebody follows is told there alone, after confirming.
    [(address, body)] = bodies(work)
    assert address == ANA and "/follow/mine/" in body
    ask_for(page, monkeypatch, spellings(70))
    asked = [mailbox_of(address) for address, _body in bodies(work)]
    assert asked.count("anaperez@gmail.com") == MOST_TO_ONE == len(asked) - 1
    assert followers(work) == 2


def test_after_a_no_nobody_has_that_mailbox_asked_again(
    page: Reader, work: Work, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for(page, monkeypatch, ["ana.perez@gmail.com"])
    [(_address, body)] = bodies(work)
    left = page(link_in(body, "leave")).form("leave").submit()
    assert "For one year nobody can make us ask there again." in left.text
    assert followers(work) == 0
    for day in range(3):
        clock.move_to(NOON + timedelta(days=1 + day))
        ask_for(page, monkeypatch, spellings(20))
    assert len(bodies(work)) == 1
    with work() as session:
        assert session.scalar(select(func.count(FollowRefusal.contact_hash))) == 1


def test_domain_that_leads_to_one_person_gets_so_many(
    page: Reader, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"a{number}" for number in range(MOST_TO_DOMAIN + 5)]
    ask_for(page, monkeypatch, [f"{name}@church.example.org" for name in names])
    assert len(bodies(work)) == MOST_TO_DOMAIN
    # Nobody shuts a large provider for all who have a mailbox there.
    ask_for(page, monkeypatch, [f"{name}@gmail.com" for name in names])
    assert len(bodies(work)) == MOST_TO_DOMAIN + len(names)


def test_what_one_follows_is_seen_and_ended(page: Reader, work: Work) -> None:
    with work() as session:
        follower = make_follower(session, place(make_market(session, "Elm Street").id), ANA)
        make_follower(session, SAFETY, ANA)
        link = mine_link(follower)
    mine = page(path_of(link))
    assert "Elm Street" in mine.text
    spoken = mine.form("/in/es").submit()
    assert "We write to you in Spanish." in spoken.text
    stop = next(one for one in spoken.find_all("form") if "/stop/" in one.get("action", ""))
    left = page.read(page.client.post(stop.get("action", "")))
    assert left.text.count("Stop this") == 1
    assert "is erased" in left.form("leave").submit().text
    assert followers(work) == 0
    assert "You get no news from us." in page(path_of(link)).text


def test_mail_programs_leave_with_one_click(page: Reader, work: Work) -> None:
    with work() as session:
        link = leave_link(make_follower(session, SAFETY, ANA))
    # Opening it, as programs that check mail do, ends nothing.
    page(path_of(link))
    assert followers(work) == 1
    # RFC 8058: from a server, without cookies, referrer or origin.
    data = {"List-Unsubscribe": "One-Click"}
    first = page.client.post(path_of(link), data=data)
    assert first.status_code == 200
    assert followers(work) == 0
    assert page.client.post(path_of(link), data=data).text == first.text


def test_only_our_links_open_and_each_for_one_purpose(page: Reader, work: Work) -> None:
    for made_up in ("x", "AAAA", "A" * 32, "ñ", "%00", "A" * 400):
        for room in ("confirm", "mine", "leave"):
            page(f"/es/follow/{room}/{made_up}", 404)
    with work() as session:
        token = path_of(mine_link(make_follower(session, SAFETY, ANA))).rpartition("/")[2]
    for room in ("confirm", "leave"):
        page(f"/en/follow/{room}/{token}", 404)
