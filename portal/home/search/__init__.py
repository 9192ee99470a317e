"""Finding what is published, in the language of the reader.

Everything is indexed, hidden or not, in the transaction that writes it; whether somebody may find it is decided when
they search, by the same function as on every page. So nothing waits for a timetable, and nothing hidden is ever found.
"""
