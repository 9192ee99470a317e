"""Head counts of one or several meetings from a table: shown first, then taken all or not at all, and undone if wished."""
