"""Keeping files that were sent in, and taking over what is in them."""
