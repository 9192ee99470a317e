"""Loading of Alder Falls, an invented city, into an empty database, by the same actions that create a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from demo.circles import load_circles
from demo.figures import load_figures, load_studies, load_survey
from demo.gatherings import load_hours, load_meeting
from demo.places import load_gate, load_map, load_watch
from demo.promises import load_promises
from demo.sign_ins import Handover
from demo.staff import load_staff
from demo.texts import PUBLISHED_AT, days_ago, morning, pair, read
from demo.writing import NUMBERS, load_reports
from portal.accounts.users import Member, desk_private_keys
from portal.core.clock import now, today, zone
from portal.core.db import Base, session
from portal.core.files.uploads import clean
from portal.core.i18n import NOTHING, speaking
from portal.core.jobs.outbox import MessageKind
from portal.core.page_cache import CacheVersion, renew_cache_version
from portal.following.announcement_rules import AnnouncementStep
from portal.following.announcements import draft_announcement, go
from portal.following.following import FollowConsent, FollowContact, Followed, confirm, keep_request
from portal.following.texts import CONSENT, Subject
from portal.home.demands import count_demands
from portal.home.operator import state_operator
from portal.home.quarters import ended
from portal.markets.gate_rules import RELEASE_AT
from portal.markets.places import CallIn, Market, StatusDecision
from portal.news.library import WrittenIn, add_tag, draft_guide, load_literature, publish_guide
from portal.news.posts import Post, Tag, draft_post, edit_post, publish_post, schedule_post
from portal.reports.complaints import ComplaintMonth, filed_in
from portal.reports.holds import HoldScope, place_hold
from portal.reports.triage import to_freeze

ENDED_AT = time(20, 15)


class NotEmpty(Exception):
    """The database is not empty."""


def is_empty() -> bool:
    """Whether the database has neither members nor places."""
    return session.scalar(select(Member.id).limit(1)) is None and session.scalar(select(Market.id).limit(1)) is None


PARTS = ("people", "places", "news", "meetings", "reports", "circles", "promises", "figures", "studies", "survey")
Tell = Callable[[int, int, str], None]


def load(tell: Tell = lambda *_: None) -> Handover:
    """Fill the database in the current transaction, telling each part before it is loaded. Raises NotEmpty."""
    if not is_empty():
        raise NotEmpty

    def begin(part: str) -> None:
        tell(PARTS.index(part), len(PARTS), part)

    begin("people")
    staff = load_staff(read("people")["people"])
    ids = {key: member.id for key, member in staff.members.items()}
    load_operator(read("operator"), ids["dana"])
    begin("places")
    markets = load_places(staff.members)
    begin("news")
    load_news(ids, markets)
    begin("meetings")
    for one in read("meetings")["meetings"]:
        load_meeting(one, ids["marta"], markets)
    begin("reports")
    reports = read("reports")
    at_desks = [desk_private_keys(ids[key], staff.privates[key]) for key in ("ana", "odessa")]
    codes = load_reports(reports["reports"], ids, markets, at_desks[0] | at_desks[1])
    load_complaints(reports["complaints"])
    load_watch(read("watch")["places"], ids["ruth"], markets)
    begin("circles")
    phrases = {**staff.phrases, **load_circles(read("circles"), staff)}
    load_hours(ids["marta"])
    begin("promises")
    load_promises(read("promises"), staff, markets)
    begin("figures")
    load_figures(read("figures"), markets)
    begin("studies")
    load_studies(read("studies"), markets, ids["ruth"])
    begin("survey")
    slips = load_survey(read("survey"), markets, ids["ruth"])
    renew_cache_version()
    tell(len(PARTS), len(PARTS), "")
    return Handover(staff.password, staff.sign_ins, phrases, codes, slips)


def empty() -> None:
    """Delete all rows of all tables except the cache version, so that cached pages are known to be outdated."""
    for table in reversed(Base.metadata.sorted_tables):
        if table is not CacheVersion.__table__:
            session.execute(table.delete())
    session.expunge_all()
    renew_cache_version()


def load_places(members: Mapping[str, Member]) -> dict[str, Market]:
    """Return the places by slug, with their map and what was noted at the gate."""
    markets = {one["slug"]: load_place(one) for one in read("places")["places"]}
    session.flush()
    load_map(markets)
    load_gate(read("gate")["places"], members, markets)
    return markets


def load_place(one: Mapping[str, Any]) -> Market:
    """Return a place with its status decisions."""
    texts = {name: pair(one[name]) for name in ("own_name", "services", "why_here") if name in one}
    market = Market(slug=one["slug"], name=pair(one["name"]), about=pair(one["about"]), **texts)
    if "released" in one:
        market.released_at = datetime.combine(days_ago(one["released"]), RELEASE_AT, zone())
    market.decisions = [
        StatusDecision(
            status=decision["status"],
            since_on=days_ago(decision["since"]),
            review_on=days_ago(-decision["review_in"]),
            decided_by=pair(decision["decided_by"]),
            evidence=pair(decision["evidence"]),
        )
        for decision in one.get("decisions", ())
    ]
    session.add(market)
    if "call_in" in one:
        session.flush()
        load_call_in(market, one["call_in"])
    return market


def load_call_in(market: Market, one: Mapping[str, Any]) -> None:
    """Add a call-in that is over."""
    texts = {name: pair(one[name]) for name in ("message", "services", "tonight")}
    session.add(
        CallIn(market_id=market.id, ended_at=datetime.combine(days_ago(one["days_ago"]), ENDED_AT, zone()), **texts)
    )


def load_news(ids: Mapping[str, int], markets: Mapping[str, Market]) -> None:
    """Load posts and guides with their tags, followers, and announcements."""
    news = read("news")
    tags = load_tags(news["tags"], ids["marta"])
    for one in news["posts"]:
        load_post(one, ids, markets, tags)
    load_literature(ids["marta"])
    for one in news["guides"]:
        load_guide(one, ids["marta"], tags)
    load_following(read("following"), ids, markets)


def load_tags(names: Mapping[str, Any], author_id: int) -> dict[str, Tag]:
    """Return the tags of posts and guides by slug."""
    return {slug: add_tag(pair(name), author_id, slug) for slug, name in names.items()}


def load_post(
    one: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market], tags: Mapping[str, Tag]
) -> None:
    """Load a post, published or scheduled; one that was corrected in one language is stale in the other."""
    market = markets.get(one.get("place", ""))
    texts = {name: pair(one[name]) for name in Post.PARITY}
    values = {
        "market_id": market.id if market else None,
        "tags": [tags[name] for name in one["tags"]],
        "translated_by": one.get("translated_by", ""),
        "reviewed_by": one.get("reviewed_by", ""),
    }
    author_id = ids[one["author"]]
    post = draft_post(texts | values, author_id)
    if "in_days" in one:
        schedule_post(post, datetime.combine(days_ago(-one["in_days"]), PUBLISHED_AT, zone()), author_id)
        return
    publish_post(post, author_id)
    if "corrected" in one:
        edit_post(post, {name: replace(texts[name], **halves) for name, halves in one["corrected"].items()}, author_id)
    post.created_at = post.updated_at = post.published_at = morning(days_ago(one["days_ago"]))


def load_guide(one: Mapping[str, Any], author_id: int, tags: Mapping[str, Tag]) -> None:
    """Load a guide with files to download."""
    values = {
        "title": pair(one["title"]),
        "about": pair(one["about"]),
        "body": NOTHING,
        "url": "",
        "source": "",
        "year": None,
        "written_in": WrittenIn.BOTH,
        "tags": [tags[name] for name in one["tags"]],
    }
    files = {lang: clean(text.strip().encode()) for lang, text in one["files"].items()}
    publish_guide(draft_guide(values, author_id, files), author_id)


def load_operator(told: Mapping[str, Any], member_id: int) -> None:
    """Load who runs the site, the demands for records of the last quarters, the newest first, and a legal hold."""
    facts = {name: text.strip() if isinstance(text, str) else pair(text) for name, text in told["operator"].items()}
    state_operator(facts, member_id)
    quarters = told["quarters"]
    for quarter, one in zip(ended(today(), len(quarters)), quarters, strict=True):
        counted: dict[str, Any] = {name: pair(value) if name == "handed" else value for name, value in one.items()}
        count_demands(quarter, counted, member_id)
    first, last = told["hold"]
    held = HoldScope(days_ago(first), days_ago(last), today() + timedelta(days=60))
    place_hold(held, may_be_told=True, member_id=member_id)


LASTS = timedelta(days=3)


def load_following(told: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market]) -> None:
    """Load followers who have agreed, and announcements."""
    for one in told["followers"]:
        market = markets.get(one.get("place", ""))
        followed = Followed(Subject.PLACE, market.id) if market else Followed(Subject(one["subject"]))
        for contact, language in _contacts(one, followed.about):
            with speaking(language):
                words = str(CONSENT)
            _follower, row = keep_request(contact, followed, language, FollowConsent.WEB, words)
            confirm(row)
    for one in told["announcements"]:
        values = {"subject": Subject(one["subject"]), "words": pair(one["words"]), "send_before": now() + LASTS}
        announced = draft_announcement(values, ids[one["author"]])
        if one["submitted"]:
            go(announced, AnnouncementStep.SUBMIT, ids[one["author"]])


def _contacts(one: Mapping[str, Any], about: str) -> Iterator[tuple[FollowContact, str]]:
    for language, count in one["mail"].items():
        for number in range(count):
            name = f"{about.split(maxsplit=1)[0]}-{language}-{number}@example.org"
            yield FollowContact(MessageKind.MAIL, name), language
    for phone in one["phones"]:
        yield FollowContact(MessageKind.TEXT, NUMBERS[phone["phone"]]), phone["language"]


def load_complaints(counts: Sequence[int]) -> None:
    """Freeze the months that are due, the latest first.

    Each gets the given number plus the complaints loaded for that month.
    """
    month_on = to_freeze(today())[0]
    for count in counts:
        session.add(ComplaintMonth(month_on=month_on, filed=count + filed_in(month_on)))
        month_on = (month_on - timedelta(days=1)).replace(day=1)
    session.flush()
