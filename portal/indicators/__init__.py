"""How it is going: monthly figures, what is published of them and how, and what can honestly be said about them.

Everything here is a count. A report is never seen, nor who sent it.
"""
