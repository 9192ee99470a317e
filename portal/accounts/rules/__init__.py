"""What decides about accounts: pure, without app, database, clock or chance."""
