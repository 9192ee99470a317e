"""How an evening runs, who may speak and who may know, what is no name, and what is due afterwards."""
