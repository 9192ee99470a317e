"""Counting at the door of a meeting, by tapping, without a network. Counts only: no name, no code, no time of a tap."""
