"""Preparing a session, locking what is for single persons, writing themes and lines, acknowledging in public."""
