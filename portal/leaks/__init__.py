"""The drill against leaks: whether anything that everybody can read tells of a hidden place."""
