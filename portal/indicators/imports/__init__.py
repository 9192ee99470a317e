"""Figures from files: monthly counts as they are, and incidents that are counted here and then forgotten."""
