"""From code words to what the server may keep of them: where the thread is found, and the seed of its key."""

from argon2.low_level import Type, hash_secret_raw

from portal.core.crypto import derive, keyed_hash

STRETCHED_SIZE = 32
STRETCH_KIB = 256


def stretch(words: tuple[str, ...], site_salt: bytes) -> bytes:
    """Return 32 bytes that stand for a code on this site; at least 8 bytes of salt. About 0.1 ms and 256 KiB.

    Eight words are 78 random bits: against one code no slow hash is needed. But whoever stole the disk and the
    settings tries each guess against all codes of the site at once, and plain HMAC runs at billions of guesses a
    second on one graphics card. A little memory for each guess makes that hopeless, and costs a resident nothing.
    """
    return hash_secret_raw(
        secret=" ".join(words).encode(),
        salt=site_salt,
        time_cost=1,
        memory_cost=STRETCH_KIB,
        parallelism=1,
        hash_len=STRETCHED_SIZE,
        type=Type.ID,
    )


def locator(stretched: bytes, pepper: bytes) -> str:
    """Return what a thread is looked up by. It tells nothing about the seed, even to somebody who has the pepper."""
    return keyed_hash(pepper, derive(stretched, "report locator").hex())


def thread_seed(stretched: bytes) -> bytes:
    """Return the seed of the key pair that the thread's messages are sealed to; the pepper plays no part in it."""
    return derive(stretched, "report thread key")
