"""Which hours may be proposed, which slot is best and why, and how an answer by text is read."""
