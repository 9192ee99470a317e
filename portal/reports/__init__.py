"""Anonymous reports: taken in sealed, answered by the desk, read again with the code words."""
