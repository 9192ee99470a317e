"""Finding sessions, what is kept of them, and what the public may read."""
