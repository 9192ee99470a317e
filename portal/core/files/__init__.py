"""Files that members upload and readers download: cleaned, searched for their words, served."""
