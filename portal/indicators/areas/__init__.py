"""Where is counted: the areas of a place, what lies around them, and the figures that are there so far."""
