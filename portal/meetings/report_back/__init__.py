"""What came of a meeting: the report that was promised, who came, and its earlier versions."""
