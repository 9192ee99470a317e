"""What is published: once a month, on a fixed day, late on purpose, frozen for ever, each with its hash."""
