"""Statistics and disclosure control: pure, without Flask, SQLAlchemy or any table of the portal."""
