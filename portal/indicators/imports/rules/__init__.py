"""What decides about imports: how tables and incident files are read. Nothing here knows a database or a language."""
