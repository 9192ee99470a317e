"""Who may sit in a circle, and what each of its roles may do there."""
