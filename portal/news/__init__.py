"""News posts, and the library of tools and guides."""
