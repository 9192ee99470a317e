"""Tools and guides: documents and links about the strategy, with tags, in both languages."""
