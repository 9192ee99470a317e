"""Public meetings that say beforehand what people need to know to come."""
