"""A package for whoever wants to reckon a snapshot anew."""
