"""What decides about a study: the plan and its hash, which months count, what is refused, which sentence is said."""
