"""People of different houses who work together in confidence: organisations, circles, and what circles keep sealed."""
