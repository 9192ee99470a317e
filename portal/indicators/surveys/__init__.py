"""Surveys of residents, by paper slip, text or web: only counts by language are kept, and no answer of anybody."""
