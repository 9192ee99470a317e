"""Everything that the feature commitments brings to the portal."""

from collections.abc import Iterator
from functools import partial

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation, reminders
from portal.accounts.roles import Role
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.commitments import hearings, promise_steps, public_pages, team_pages
from portal.commitments.promises import Commitment, public_commitments
from portal.core import feature
from portal.core.db import session
from portal.core.feature import Feature, NavigationItem, SitemapPage
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR
from portal.markets.gate import about_shown


def listed_pages() -> Iterator[SitemapPage]:
    yield SitemapPage("commitments.index")
    for promise in session.scalars(public_commitments().limit(feature.MOST_LISTED)):
        changed = feature.changed_on(promise.updated_at, promise.public_since)
        yield SitemapPage("commitments.commitment", changed, {"slug": promise.slug})


STEPS = promise_steps
REMIND = partial(reminders.remind_all, STEPS.ABOUT, STEPS.promises_to_remind, STEPS.reminders_of, reminders.due_words)
FEATURE = Feature(
    blueprints=(
        public_pages.public_blueprint,
        public_pages.slips_blueprint,
        public_pages.hearings_blueprint,
        team_pages.team_blueprint,
        team_pages.steps_blueprint,
    ),
    timetable=(Timed("reminders of promises", HOUR, REMIND),),
    refusals=(promise_steps.REFUSALS, hearings.REFUSALS),
    audited=(promise_steps.AUDITED, hearings.AUDITED),
    kept=(
        (
            "files that show how promises go",
            "as long as their promise; of one that is taken out a line says that it was there",
        ),
    ),
    navigation=(
        NavigationItem(
            70,
            "commitments_team.index",
            _l("Promises"),
            navigation.PLACES | {Role.SERVICES},
            navigation.PLACES_AND_PROMISES,
        ),
    ),
    sitemap=listed_pages,
    hooks=(
        AUDIT_CONDITIONS.plug(partial(about_shown, "commitment", Commitment.id, Commitment.market_id)),
        feature.MONTHLY_COUNTS.plug(promise_steps.monthly_promises),
        feature.SLIP_KINDS.plug(hearings.PROMISE_SLIPS),
        WAITS.plug(team_pages.waits),
    ),
)
