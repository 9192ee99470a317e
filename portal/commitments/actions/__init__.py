"""Writing promises down, following them up, judging them, and letting residents answer."""
