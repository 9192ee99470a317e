"""What we ask about sessions: of those who plan them, of the facilitator, of the community, and of the public."""
