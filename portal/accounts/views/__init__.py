"""The rooms of people who sign in, and what the pages of every room need."""

from portal.accounts.views.account import room as account
from portal.accounts.views.audit import room as audit
from portal.accounts.views.desks import room as desks
from portal.accounts.views.people import room as people
from portal.accounts.views.second_step import room as second_step
from portal.accounts.views.sign_in import room as sign_in

ROOMS = (sign_in, second_step, account, people, audit, desks)
