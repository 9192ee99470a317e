"""Figures from files: tables of monthly counts, and incident files, which are counted and then deleted."""
