"""Everything that the feature accounts brings to the portal.

What others add to it comes through its hooks: `today.WAITS`, `users.AUDIT_CONDITIONS`, `texts.NAMES_HERE`.
"""

from flask_babel import lazy_gettext as _l

from portal.accounts import account_pages, desk_keys_pages, people, people_pages, reminders, sign_in_pages, texts, today
from portal.accounts.navigation import ACCOUNTS, ADMINISTRATORS, AT_DESK, DESK
from portal.accounts.roles import RECEIVERS
from portal.core.feature import Feature, NavigationItem

FEATURE = Feature(
    blueprints=(
        sign_in_pages.sign_in_blueprint,
        sign_in_pages.second_step_blueprint,
        account_pages.blueprint,
        desk_keys_pages.blueprint,
        people_pages.blueprint,
        people_pages.audit_blueprint,
        account_pages.reminders_blueprint,
        today.blueprint,
    ),
    refusals=(texts.REFUSALS, reminders.REFUSALS),
    audited=(texts.AUDITED, reminders.AUDITED),
    retention=(*people.ERASED_OF_ACCOUNTS, *reminders.ERASED_OF_REMINDERS),
    kept=(
        ("members", "until they are removed; what they did stays in the audit events for its time"),
        (
            "wordings of consent to texts of members",
            "as long as the portal runs: what they read when they gave a number",
        ),
    ),
    navigation=(
        NavigationItem(5, "today.index", _l("Today"), frozenset(), rooms=("role_guides",)),
        NavigationItem(150, "people.index", _l("People"), ADMINISTRATORS, ACCOUNTS),
        NavigationItem(160, "audit.index", _l("Audit log"), ADMINISTRATORS, ACCOUNTS),
        NavigationItem(170, "desks.index", _l("Colleagues"), DESK | RECEIVERS, AT_DESK),
        NavigationItem(180, "account.index", _l("My account"), frozenset()),
    ),
    hooks=(today.WAITS.plug(today.own_waits),),
    commands=people.COMMANDS,
)
