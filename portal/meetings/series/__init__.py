"""Meetings that come again and again, and what new ones begin from: rhythms, exceptions, templates."""
