"""A place and its story: the gate that decides what the public may know, and how the place stands."""
