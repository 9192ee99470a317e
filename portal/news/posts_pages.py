"""The pages of the news: the form of a post, views of editors, and public lists, pages and feeds (Atom, RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import nh3
from flask import Response as FlaskResponse, flash, render_template
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup, escape
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import day_of, now, zone
from portal.core.editing import Both, done, line, lines, page_asked, pressed
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.forms import DateField, TimeField
from portal.core.hours import NoSuchHour, moment_in
from portal.core.i18n import language, moment, other_language
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.publishing import PlaceField, PublishingEditor, say_published
from portal.news import posts as news
from portal.news.library_pages import TaggedForm
from portal.news.posts import Post, PostState

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


# Markdown to safe HTML: no raw HTML of the author, no images, no third-party content.

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "em", "strong", "code", "pre", "hr", "a", *TABLE}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}, "th": {"scope"}}
CLASSES = {"th": {"number"}, "td": {"number"}}
SCHEMES = {"http", "https", "mailto", "tel"}
DEEPEST = 4


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable("image").enable("table")


def to_html(text: str) -> Markup:
    """Return the HTML of `text`; its headings begin at h2, because the page has its own h1."""
    parser = _parser()
    tokens = parser.parse(text)
    _order_headings(tokens)
    for token in tokens:
        if token.type in ("th_open", "td_open") and token.attrs.pop("style", "") == "text-align:right":
            # By a class, since the CSP allows no inline style.
            token.attrs["class"] = "number"
        if token.type == "th_open":
            token.attrs["scope"] = "col"
    rendered = parser.renderer.render(tokens, parser.options, {})
    # Sanitised although the parser emits no raw HTML: a fault in either one alone lets nothing through.
    clean = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    # Each table scrolls on its own on a phone and by keyboard, in a frame with a name.
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="%s">'
    first, *others = clean.split("<table>")
    scrolling = first + "".join(
        f"{frame % escape(_('Table %(number)s', number=at))}<table>{other}" for at, other in enumerate(others, start=1)
    )
    return Markup(scrolling.replace("</table>", "</table></div>"))  # noqa: S704 - sanitised above; what is added is ours


def _order_headings(tokens: Sequence[Token]) -> None:
    """Renumber headings so that the first is an h2 and no level is skipped: authors choose "##" by its size."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            above = [*(higher for higher in above if higher < level), level]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(len(above) + 1, DEEPEST)}"


class PostForm(TaggedForm):
    ROW = Post
    title = Both(line, _l("Title"), 120)
    summary = Both(lines, _l("Summary in one or two sentences"), 400)
    body = Both(lines, _l("Text"), 20_000)
    market = PlaceField(_l("About which of our places"))
    publish_on = DateField(_l("Day on which it goes out"), validators=[Optional()])
    publish_at = TimeField(_l("Time"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Require an hour ahead to schedule a post, and to keep a scheduled one."""
        super().validate(extra_validators)
        is_scheduled = self.stored is not None and self.stored.is_scheduled
        if self.errors or not (pressed() == "schedule" or (is_scheduled and pressed() == "save")):
            return not self.errors
        try:
            hour = self.hour
        except NoSuchHour:
            self.complain("publish_at", news.NO_SUCH_HOUR)
            return False
        if hour is None:
            self.complain("publish_on" if self.publish_on.data is None else "publish_at", news.NO_HOUR)
        elif hour <= now():
            self.complain("publish_on", news.HOUR_IS_PAST)
        return not self.errors

    @property
    def hour(self) -> datetime | None:
        """The requested publication time; None unless both fields are filled in. Raises NoSuchHour."""
        if self.publish_on.data is None or self.publish_at.data is None:
            return None
        return moment_in(zone(), self.publish_on.data, self.publish_at.data)

    def shown(self, row: Post) -> dict[str, Any]:
        hour = row.published_at.astimezone(zone()) if row.published_at and row.is_scheduled else None
        return super().shown(row) | {"publish_on": hour and hour.date(), "publish_at": hour and hour.time()}


class PostEditor(PublishingEditor[Post, PostForm]):
    name, template = "post", "news/edit.html"

    def find(self, row_id: int, *, to_change: bool) -> Post:
        return news.editable_post(row_id, current_user.id, to_change=to_change)

    def form(self, row: Post | None) -> PostForm:
        return PostForm(row)

    def keep(self, form: PostForm, row: Post | None) -> Post:
        if row is None:
            return news.draft_post(form.values_with_new_tag(), current_user.id)
        news.edit_post(row, form.values_with_new_tag(), current_user.id, same=bool(form.same.data))
        return row

    def let_out(self, row: Post, form: PostForm) -> None:
        if pressed() == "publish" or (hour := form.hour) is None:
            news.publish_post(row, current_user.id)
            say_published(row.market_id)
        else:
            news.schedule_post(row, hour, current_user.id)
            flash(_("It goes out by itself in both languages: %(moment)s.", moment=moment(hour)), "success")


editor_blueprint = AudienceBlueprint(
    "news_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/news"
)
EDITOR = PostEditor(editor_blueprint)


@editor_blueprint.get("/")
def index() -> str:
    page = page_asked()
    rows, more = news.editable_posts(current_user.id, page)
    return render_template("news/editor_index.html", rows=rows, page=page, more=more)


@editor_blueprint.post("/<int:post_id>/take-back")
def take_back(post_id: int) -> Response:
    post = news.editable_post(post_id, current_user.id, to_change=True)
    was_out = post.state is PostState.PUBLISHED
    news.take_back_post(post, current_user.id)
    gone, called_off = _("It is a draft again, and its page is gone."), _("Called off. It is a draft again.")
    return done(EDITOR.address(post), gone if was_out else called_off)


public_blueprint = AudienceBlueprint("news", __name__, audience=PUBLIC)
public_blueprint.app_template_filter("markdown")(to_html)


@public_blueprint.get("/news/")
@public_blueprint.get("/news/older-than/<slug>/")
@public_blueprint.get("/news/tags/<tag>/", endpoint="tagged")
@public_blueprint.get("/news/tags/<tag>/older-than/<slug>/", endpoint="tagged")
@shared_page
def posts(tag: str | None = None, slug: str | None = None) -> str:
    tags = news.public_tags()
    chosen = existing({known.slug: known for known in tags}.get(tag)) if tag else None
    return render_template("news/posts.html", leaf=news.posts_after(slug, chosen), tags=tags, chosen=chosen)


@public_blueprint.get("/news/<slug>")
@shared_page
def post(slug: str) -> str:
    return render_template("news/post.html", post=news.public_post(slug))


@public_blueprint.get("/news.atom")
@shared_page
def feed() -> FlaskResponse:
    lang, entries = language(), []
    title = _("News from %(site)s", site=current_portal.settings.site_name)
    for post in news.latest_posts(news.FEED):
        assert post.public_since
        entry = Entry(
            title=post.title[lang],
            page=address_here("news.post", slug=post.slug),
            name=str(post.slug),
            published=day_of(post.public_since),
            updated=day_of(max(post.updated_at, post.public_since)),
            summary=post.summary[lang],
            content=to_html(post.body[lang]),
            # Not a second "alternate": many readers open the last one, regardless of its language.
            other_page=address_here("news.post", lang=other_language(), slug=post.slug),
            tags=tuple((tag.slug, tag.name[lang]) for tag in post.tags),
        )
        entries.append(entry)
    return atom_feed(Feed(title, _("What happened and what comes next."), "news.posts", "news.feed", "news"), entries)
