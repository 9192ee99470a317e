"""The agenda of a meeting: what happens when, for everybody to read before, and in large letters on the evening."""
