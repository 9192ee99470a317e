"""Counting at the door of a meeting, by tapping and without a network. Counts only: no name, no code, no time of a tap."""
