"""How an e-mail address is read, so that one person has one account."""

LONGEST = 254


def normal_email(typed: str) -> str:
    """Return an address without spaces at its ends, in small letters."""
    return typed.strip().casefold()


def is_email(typed: str) -> bool:
    """Say whether this looks like an address: it catches a slip of the hand; only a mail that arrives proves one."""
    address = normal_email(typed)
    name, _at, host = address.partition("@")
    labels = host.split(".")
    is_one_word = address.isprintable() and not any(letter.isspace() or letter in "<>,;" for letter in address)
    return (
        len(address) <= LONGEST and is_one_word and "@" not in host and bool(name) and len(labels) > 1 and all(labels)
    )
