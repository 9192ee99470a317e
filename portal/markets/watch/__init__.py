"""Watching over a place after its release: signs of selling, the alarm, and the weekly review."""
