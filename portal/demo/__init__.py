"""A demonstration city: invented people and places, a telephone on a page, and mail that stays here.

Loaded only where `PORTAL_DEMO` is on; nothing else imports it.
"""
