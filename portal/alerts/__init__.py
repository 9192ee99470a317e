"""Telling residents by text or mail that their report has an answer, in words that say nothing of a report."""
