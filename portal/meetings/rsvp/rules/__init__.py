"""Who gets a seat, when, for how long; what an answer may say."""
