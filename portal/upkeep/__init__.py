"""Upkeep of places: the board of those who look after them."""
