"""Finding circles, who sits in them, notes and organisations."""
