"""The map: an SVG drawn on the server from the city's own data.

`importing` reads exports of a city's GIS, `sheets` draws the streets of the city and around each place once, `drawing`
lays the outlines of released places over them whenever a page is rendered, `frame` has the geometry.
"""
