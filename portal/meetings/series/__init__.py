"""Meetings that repeat, and what new ones begin from: rhythms, exceptions, templates."""
