"""Indicators: monthly figures, imports, surveys, protected snapshots, charts and the evaluation of effects."""
