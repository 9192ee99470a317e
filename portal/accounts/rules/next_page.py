"""Where somebody goes after signing in: back to a page of this site, never to another one."""

from urllib.parse import urlsplit


def own_path(asked: str | None) -> str | None:
    """Return `asked` if it is a path of this site, else None: a link to our sign-in must not lead to a copy of it."""
    if not asked or not asked.startswith("/") or asked.startswith("//"):
        return None
    # Browsers read a backslash as a slash, and drop tabs and line breaks before they read the address.
    if "\\" in asked or not asked.isprintable():
        return None
    parts = urlsplit(asked)
    return asked if not parts.scheme and not parts.netloc else None
