"""Meetings: planning, publishing, series, RSVPs and seats, reminders, the door, calendars and report-backs.

`FEATURE` declares everything that the feature brings to the portal.
"""
