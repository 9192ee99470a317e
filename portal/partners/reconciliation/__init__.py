"""Reconciliation sessions: planning by each side, public suggestions, confidential themes, and acknowledgements."""
