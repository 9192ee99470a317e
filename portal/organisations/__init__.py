"""The organisations feature: organisations and their offices, which make promises and take part in sessions."""
