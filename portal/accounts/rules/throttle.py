"""How often signing in may be tried, so that nobody can guess and nobody can lock somebody else out.

No count that a stranger can drive up belongs to an account alone: it belongs to the account as tried from one
address, or to the address. Only after the right password is there a count of the member's own.
"""

from typing import NamedTuple

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Window(NamedTuple):
    """At most so many tries of something, by the holder of a key, within so many seconds."""

    what: str
    key: str
    most: int
    seconds: int


def sign_in_shares(address: str, network: str) -> dict[str, int]:
    """Return how many passwords of one address, and of the `network` around it, may be checked or wait at once.

    Each takes a fraction of a second, and there are six places: so one address never takes them all.
    """
    return {address: 3, network: 4}


def sign_in_windows(account: str, address: str, network: str) -> tuple[Window, ...]:
    """Return what a password must get through; `account`, `address` and the `network` around it are keyed hashes.

    A church hall or a city office shares one address, so that one is generous. One customer has 65,536 of them in IPv6.
    """
    return (
        Window("sign-in", f"{account}:{address}", 5, 5 * MINUTE),
        Window("sign-in", f"{account}:{address}", 50, DAY),
        Window("sign-in nearby", f"{account}:{network}", 100, DAY),
        Window("sign-in", address, 60, 15 * MINUTE),
        Window("sign-in", address, 600, DAY),
        Window("sign-in nearby", network, 240, 15 * MINUTE),
        Window("sign-in nearby", network, 1_200, DAY),
    )


def second_factor_windows(sign_in: str, member: str) -> tuple[Window, ...]:
    """Return what a second factor must get through; only somebody with the right password comes this far.

    Six digits with three valid steps fall to a robot in days without the member's own count, however many
    addresses it has. Whoever can drive this count up knows the password, and a new password is what helps then.
    """
    return (
        Window("second-factor", sign_in, 5, HOUR),
        Window("second-factor", member, 30, DAY),
    )


def invitation_windows(address: str) -> tuple[Window, ...]:
    """Return what opening an invitation link must get through."""
    return (Window("invitation", address, 30, HOUR),)
