"""Meetings: planning, series, answers and seats, reminders, the door, paper, calendars and report-backs."""
