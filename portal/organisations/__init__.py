"""The houses that take part, and their offices: who can promise something, and for whom somebody speaks."""
