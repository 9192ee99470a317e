"""What decides about snapshots: on which day, of which months, which counts are shown, how numbers are rounded."""
