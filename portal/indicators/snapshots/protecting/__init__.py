"""What is hidden so that nothing small follows from the rest. The solver loads slowly: only jobs come here."""
