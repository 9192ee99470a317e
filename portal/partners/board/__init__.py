"""What is open in the circles that somebody leads, on one page; each line leads to where it is mended."""
