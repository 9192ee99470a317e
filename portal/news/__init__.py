"""News of the effort, in both languages."""
