"""Head counts of one or several meetings from a table: shown first, taken all or not at all, undone if wished."""
