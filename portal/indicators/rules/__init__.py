"""What decides about figures: what is measured, on which areas, in which months."""
