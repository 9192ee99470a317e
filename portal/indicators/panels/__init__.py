"""Panels of the progress pages, one per measure, computed from a published snapshot only."""
