"""Everything that the demonstration brings to the portal, and `flask demo prepare`, which loads its city.

Alder Falls is invented. It is loaded into an empty database by the same actions that create a real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from demo import figures, pages, sign_ins, writing
from demo.circles import load_circles, load_promises
from demo.figures import load_figures, load_studies, load_survey
from demo.gatherings import load_hours, load_meeting
from demo.places import PUBLISHED_AT, days_ago, load_gate, load_map, load_watch, morning, pair, read
from demo.sign_ins import Handover
from demo.staff import load_staff
from demo.writing import NUMBERS, load_reports
from portal.accounts.users import Member, desk_private_keys
from portal.core import migrations
from portal.core.clock import now, today, zone
from portal.core.db import db, session
from portal.core.feature import Feature
from portal.core.files.uploads import clean
from portal.core.hours import month_after
from portal.core.i18n import NOTHING, speaking
from portal.core.jobs.engine import trust_clock
from portal.core.page_cache import renew_cache_version
from portal.core.portal import current_portal
from portal.following.announcement_rules import AnnouncementStep
from portal.following.announcements import draft_announcement, go
from portal.following.follow_words import Followed, Subject
from portal.following.following import FollowConsent, confirm, keep_request
from portal.following.texts import CONSENT
from portal.home.demands import count_demands, ended
from portal.home.operator import state_operator
from portal.indicators.freezing import BEFORE_SNAPSHOT
from portal.markets.gate_rules import RELEASE_AT
from portal.markets.places import CallIn, Market, StatusDecision
from portal.news.library import WrittenIn, add_tag, draft_guide, load_literature, publish_guide
from portal.news.posts import Post, Tag, draft_post, edit_post, publish_post, schedule_post
from portal.reports.complaints import ComplaintMonth, filed_in
from portal.reports.holds import ReportHold, place_hold
from portal.reports.triage import to_freeze

ENDED_AT = time(20, 15)
LASTS = timedelta(days=3)


commands = AppGroup("demo", help="A demonstration city; not in production.")


@commands.command("prepare")
def prepare() -> None:
    """Bring the database up to date, and load the city if there is nothing in it."""
    folder = current_portal.settings.data_dir
    try:
        migrations.upgrade()
    except migrations.OtherVersion:
        other = f"The database in {folder} is of another version than this code: move it away and run again."
        raise click.ClickException(other) from None
    with db.work():
        if not is_empty():
            # Whoever starts it has a clock in sight, and it may have rested for weeks.
            trust_clock()
            return
        click.echo("Loading the demonstration city …", err=True)
        sign_ins.write(folder, load())
    click.echo(f"Sign-ins, recovery phrases and code words are in {folder / sign_ins.SIGN_INS_FILE}.")


def is_empty() -> bool:
    return session.scalar(select(Member.id).limit(1)) is None and session.scalar(select(Market.id).limit(1)) is None


def load() -> Handover:
    """Fill an empty database in the current transaction."""
    staff = load_staff(read("people")["people"])
    ids = {key: member.id for key, member in staff.members.items()}
    _load_operator(read("operator"), ids["dana"])
    markets = {place["slug"]: _load_place(place) for place in read("places")["places"]}
    session.flush()
    load_map(markets)
    load_gate(read("gate")["places"], staff.members, markets)
    _load_news(read("news"), ids, markets)
    _load_following(read("following"), ids, markets)
    for meeting in read("meetings")["meetings"]:
        load_meeting(meeting, ids["marta"], markets)
    reports = read("reports")
    at_desks = [desk_private_keys(ids[key], staff.privates[key]) for key in ("ana", "odessa")]
    codes = load_reports(reports["reports"], ids, markets, at_desks[0] | at_desks[1])
    _load_complaints(reports["complaints"])
    load_watch(read("watch")["places"], ids["ruth"], markets)
    phrases = {**staff.phrases, **load_circles(read("circles"), staff)}
    load_hours(ids["marta"])
    load_promises(read("promises"), staff, markets)
    load_figures(read("figures"), markets)
    load_studies(read("studies"), markets, ids["ruth"])
    slips = load_survey(read("survey"), markets, ids["ruth"])
    renew_cache_version()
    return Handover(staff.password, staff.sign_ins, phrases, codes, slips)


def _load_complaints(counts: Sequence[int]) -> None:
    """Add those of the months that are due, the latest first: each with what was loaded for it, and more."""
    month_on = to_freeze(today())[0]
    for count in counts:
        session.add(ComplaintMonth(month_on=month_on, filed=count + filed_in(month_on)))
        month_on = month_after(month_on, -1)
    session.flush()


def _load_place(entry: Mapping[str, Any]) -> Market:
    texts = {name: pair(entry[name]) for name in ("own_name", "services", "why_here") if name in entry}
    market = Market(slug=entry["slug"], name=pair(entry["name"]), about=pair(entry["about"]), **texts)
    if "released" in entry:
        market.released_at = datetime.combine(days_ago(entry["released"]), RELEASE_AT, zone())
    for noted in entry.get("decisions", ()):
        decision = StatusDecision(status=noted["status"], since_on=days_ago(noted["since"]))
        decision.review_on = days_ago(-noted["review_in"])
        decision.decided_by, decision.evidence = pair(noted["decided_by"]), pair(noted["evidence"])
        market.decisions.append(decision)
    session.add(market)
    if "call_in" in entry:
        session.flush()
        words = {name: pair(entry["call_in"][name]) for name in ("message", "services", "tonight")}
        ended_at = datetime.combine(days_ago(entry["call_in"]["days_ago"]), ENDED_AT, zone())
        session.add(CallIn(market_id=market.id, ended_at=ended_at, **words))
    return market


def _load_news(news: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market]) -> None:
    author_id = ids["marta"]
    tags = {slug: add_tag(pair(name), author_id, slug) for slug, name in news["tags"].items()}
    for post in news["posts"]:
        _load_post(post, ids, markets, tags)
    load_literature(author_id)
    for guide in news["guides"]:
        texts = {"title": pair(guide["title"]), "about": pair(guide["about"]), "body": NOTHING}
        about = {"url": "", "source": "", "year": None, "written_in": WrittenIn.BOTH}
        values = {**texts, **about, "tags": [tags[name] for name in guide["tags"]]}
        files = {lang: clean(text.strip().encode()) for lang, text in guide["files"].items()}
        publish_guide(draft_guide(values, author_id, files), author_id)


def _load_post(
    entry: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market], tags: Mapping[str, Tag]
) -> None:
    """Load a post, published or scheduled; one that was corrected in one language is stale in the other."""
    market = markets.get(entry.get("place", ""))
    texts = {name: pair(entry[name]) for name in Post.PARITY}
    values = {
        "market_id": market.id if market else None,
        "tags": [tags[name] for name in entry["tags"]],
        "translated_by": entry.get("translated_by", ""),
        "reviewed_by": entry.get("reviewed_by", ""),
    }
    author_id = ids[entry["author"]]
    post = draft_post(texts | values, author_id)
    if "in_days" in entry:
        schedule_post(post, datetime.combine(days_ago(-entry["in_days"]), PUBLISHED_AT, zone()), author_id)
        return
    publish_post(post, author_id)
    if "corrected" in entry:
        corrected = {name: replace(texts[name], **halves) for name, halves in entry["corrected"].items()}
        edit_post(post, corrected, author_id)
    post.created_at = post.updated_at = post.published_at = morning(days_ago(entry["days_ago"]))


def _load_operator(entry: Mapping[str, Any], member_id: int) -> None:
    """Load who runs the site, the demands for records of the last quarters, the newest first, and a legal hold."""
    facts = {name: text.strip() if isinstance(text, str) else pair(text) for name, text in entry["operator"].items()}
    state_operator(facts, member_id)
    quarters = entry["quarters"]
    for quarter, counts in zip(ended(today(), len(quarters)), quarters, strict=True):
        counted: dict[str, Any] = {name: pair(value) if name == "handed" else value for name, value in counts.items()}
        count_demands(quarter, counted, member_id)
    first, last = entry["hold"]
    days = {"from_on": days_ago(first), "to_on": days_ago(last), "until_on": today() + timedelta(days=60)}
    place_hold(ReportHold(**days, may_be_told=True), member_id)


def _load_following(entry: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market]) -> None:
    for follower in entry["followers"]:
        market = markets.get(follower.get("place", ""))
        followed = Followed(Subject.PLACE, market.id) if market else Followed(Subject(follower["subject"]))
        name = followed.about.split(maxsplit=1)[0]
        mail = [(lang, number) for lang, count in follower["mail"].items() for number in range(count)]
        contacts = [(f"{name}-{lang}-{number}@example.org", lang) for lang, number in mail]
        contacts += [(NUMBERS[phone["phone"]], phone["language"]) for phone in follower["phones"]]
        for address, language in contacts:
            with speaking(language):
                words = str(CONSENT)
            _follower, [row] = keep_request(address, [followed], language, FollowConsent.WEB, words)
            confirm(row)
    for announcement in entry["announcements"]:
        author_id = ids[announcement["author"]]
        values = {"subject": Subject(announcement["subject"]), "words": pair(announcement["words"])}
        announced = draft_announcement({**values, "send_before": now() + LASTS}, author_id)
        if announcement["submitted"]:
            go(announced, AnnouncementStep.SUBMIT, author_id)


FEATURE = Feature(
    blueprints=(pages.guide_blueprint, pages.phone_blueprint),
    hooks=(BEFORE_SNAPSHOT.plug(figures.freeze_earlier),),
    commands=(commands,),
    start=writing.start,
)
