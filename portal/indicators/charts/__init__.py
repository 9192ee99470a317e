"""Drawings of panels as SVG, by a library for charts, in the worker. Pages only point to what is drawn."""
