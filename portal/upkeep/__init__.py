"""Upkeep of places: the board of those who look after them, and the handover pack for their successors."""
