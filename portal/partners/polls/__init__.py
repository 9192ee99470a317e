"""Polls to find a date in a circle: slots, answers, ranking with reasons, and the resulting dates."""
