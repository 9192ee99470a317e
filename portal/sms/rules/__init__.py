"""What the conversation by text message decides; standard library only, no time, no database, no sentences."""
