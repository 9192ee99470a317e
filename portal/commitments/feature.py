"""Everything that the feature commitments brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.commitments import promise_steps, public_pages, team_pages, texts
from portal.commitments.hearings import PROMISE_SLIPS
from portal.commitments.promises import about_shown_commitments
from portal.core.feature import MONTHLY_COUNTS, SLIP_KINDS, Feature, NavigationItem
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR

FEATURE = Feature(
    blueprints=(
        public_pages.public_blueprint,
        public_pages.slips_blueprint,
        public_pages.hearings_blueprint,
        team_pages.team_blueprint,
        team_pages.steps_blueprint,
    ),
    timetable=(Timed("reminders of promises", HOUR, promise_steps.remind_of_promises),),
    refusals=(texts.REFUSALS,),
    audited=(texts.AUDITED,),
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
    sitemap=public_pages.listed_pages,
    hooks=(
        AUDIT_CONDITIONS.plug(about_shown_commitments),
        MONTHLY_COUNTS.plug(promise_steps.monthly_promises),
        SLIP_KINDS.plug(PROMISE_SLIPS),
        WAITS.plug(team_pages.waits),
    ),
)
