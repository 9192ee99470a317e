"""A demonstration city, a phone on a page and a stand-in for the telephone company; never in production."""
