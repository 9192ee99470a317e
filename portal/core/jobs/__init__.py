"""The outbox, who empties it, and the timetable."""
