"""A demonstration city: invented people and places, a telephone on a page, and mail that is stored locally.

Loaded only if `PORTAL_DEMO` is on; nothing else imports it.
"""
