"""What two features or more need; it knows no feature."""
