"""The conversation by text message."""
