"""Answers to a public meeting without an account: seats, the line for them, and what a host prepares."""
