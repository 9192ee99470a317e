"""What stands for a network address while tries are counted."""

from portal.core.limits import hash_address

SALT = b"salt of the day"


def test_a_household_is_one_address_and_its_neighbour_another() -> None:
    assert hash_address("2001:db8:1:2::1", SALT) == hash_address("2001:db8:1:2:ffff::9", SALT)
    assert hash_address("2001:db8:1:2::1", SALT) != hash_address("2001:db8:1:3::1", SALT)
    assert hash_address("192.0.2.1", SALT) != hash_address("192.0.2.2", SALT)


def test_ipv4_written_as_ipv6_is_the_same_address() -> None:
    assert hash_address("::ffff:192.0.2.1", SALT) == hash_address("192.0.2.1", SALT)
    assert hash_address("::ffff:192.0.2.1", SALT) != hash_address("::ffff:192.0.2.2", SALT)


def test_another_day_another_hash() -> None:
    assert hash_address("192.0.2.1", SALT) != hash_address("192.0.2.1", b"salt of tomorrow")


def test_what_is_no_address_is_counted_too() -> None:
    assert hash_address("", SALT) == hash_address("", SALT) != hash_address("unix:", SALT)
