"""The map: an SVG drawn on the server from the city's own data.

`importing` reads what a city's GIS exports, `sheets` draws the streets of the city and those around each place once and
for all, `drawing` lays the outlines of released places over them whenever a page is made.
"""
