"""Background work: the outbox, the worker that delivers from it, the jobs engine and the timetable."""
