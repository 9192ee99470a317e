"""What may be promised, who may say how it stands, and what is counted of residents' answers. Pure."""
