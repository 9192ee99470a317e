"""What a page of progress shows: a panel for each measure, read from a snapshot and from nothing else."""
