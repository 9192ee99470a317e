"""Search of published content, in the language of the reader.

Everything is indexed, hidden or not, in the transaction that writes it; whether the public may find it is decided at
search time by the same function as on every page. So the index is never late, and nothing hidden is ever found.
"""
