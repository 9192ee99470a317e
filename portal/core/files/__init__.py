"""Files that somebody of the team gives and others take along: made clean, read for their words, handed out."""
