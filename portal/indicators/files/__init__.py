"""Reading files of figures: the rules, and the program that counts incidents without any secret of the portal."""
