"""The accounts feature: members, roles, sign-in, desks and their keys, reminders, and the pages of the audit log."""
