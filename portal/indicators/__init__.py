"""Indicators: monthly figures, imports, surveys, protected snapshots, charts and the evaluation of effects.

This package registers the feature. Counting is in `counts`, files in `imports`, publication in `snapshots`, the panels
and charts that readers see in `panels` and `charts`, statistics in `evaluation`.
"""
