"""How many complaints about police conduct there were: months of the whole city, frozen, and never one of them."""
