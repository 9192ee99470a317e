"""Code that two or more features need; it imports no feature."""
