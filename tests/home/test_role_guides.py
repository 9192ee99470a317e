"""Guides for the team: each step leads to a page that the role may open, and each page leads to its step."""

from __future__ import annotations

import pytest
from flask import url_for

from portal.accounts.roles import Role
from portal.core.web import Portal
from portal.home.role_guides import GUIDES, WITHOUT_ROLE, anchor_for, steps_of
from tests.conftest import Work
from tests.make import make_member, sign_in
from tests.page import Reader


def test_every_guide_begins_with_today_and_ends_with_account() -> None:
    assert set(GUIDES) == set(Role)
    for steps in (*GUIDES.values(), WITHOUT_ROLE):
        assert steps[0].endpoint == "today.index"
        assert steps[-1].endpoint == "account.index"
        assert len({step.endpoint for step in steps}) == len(steps) <= 9


def test_who_has_two_roles_reads_each_step_once() -> None:
    both = [step.endpoint for step in steps_of([Role.TRIAGE, Role.ORGANIZER])]
    assert len(set(both)) == len(both)
    assert {"desk.inbox", "meetings_editor.index"} < set(both)
    assert both[-1] == "account.index"


@pytest.mark.parametrize("role", Role)
def test_its_steps_lead_where_role_may_go_and_back(app: Portal, page: Reader, work: Work, role: Role) -> None:
    with work() as session:
        member = make_member(session, (role,))
    sign_in(page.client, member)
    guide = page("/en/team/how/")
    assert len(list(guide.find_all("li.card"))) == len(GUIDES[role])
    for step in GUIDES[role]:
        with app.test_request_context():
            address = url_for(step.endpoint, lang="en")
        assert f'href="/en/team/how/#{step.anchor}"' in page(address).response.text
        assert f'id="{step.anchor}"' in guide.response.text


def test_page_of_no_step_leads_to_whole_guide() -> None:
    assert anchor_for([Role.TRIAGE], "places_team") is None
