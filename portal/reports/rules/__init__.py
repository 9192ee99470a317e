"""What decides about reports: pure, without app, database or clock."""
