"""Which numbers that somebody types are texted."""

from __future__ import annotations

from portal.core.numbers import is_possible, may_be_texted, read_number, telephone

HERE = ("US", "PR")


def test_numbers_of_the_country_are_texted() -> None:
    assert [
        number for number in ("+13365550100", "+17875550123", "+12025550100") if not may_be_texted(number, HERE)
    ] == []


def test_nobody_earns_by_letting_us_text_the_world() -> None:
    """Some begin as ours do: +1 876 is Jamaica, +1 900 is charged."""
    assert [
        number
        for number in (
            "+447911123456",
            "+18765550100",
            "+14165550100",
            "+525512345678",
            "+8835100012345",
            "+19006661234",
        )
        if may_be_texted(number, HERE)
    ] == []


def test_a_city_may_text_across_the_border() -> None:
    number = read_number("+52 55 1234 5678")
    assert number is not None
    assert may_be_texted(number, (*HERE, "MX"))


def test_a_number_without_area_code_is_not_whole() -> None:
    """It would be taken and reach nobody, or somebody else."""
    assert read_number("555-0101") is None
    assert read_number("336 555 0101") == "+13365550101"
    assert not is_possible("+15550101")
    assert is_possible("+13365550101")


def test_a_number_is_shown_so_that_it_can_be_typed_again() -> None:
    for number, shown in (
        ("+13365550100", "(336) 555-0100"),
        ("+34600000000", "+34 600 00 00 00"),
        ("+525512345678", None),
    ):
        assert shown in (None, telephone(number))
        assert read_number(telephone(number)) == number
