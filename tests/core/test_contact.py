"""What people type is read: telephone numbers, addresses, codes, titles; Markdown is part of a page, never its code."""

import re
from itertools import pairwise

from hypothesis import given, strategies as st

from portal.core import texted
from portal.core.contact import (
    can_be_dialed,
    dial,
    is_possible,
    is_texted,
    mailbox_of,
    read_mail,
    read_number,
    telephone,
)
from portal.core.slugs import random_tail, slug
from portal.news.posts_pages import to_html


def test_a_number_is_dialed_however_it_was_typed():
    for typed, address in (
        ("336-555-0100", "tel:+13365550100"),
        ("(336) 555-0100", "tel:+13365550100"),
        ("1 336 555 0100", "tel:+13365550100"),
        ("+52 55 5555 0100", "tel:+525555550100"),
        ("311", "tel:311"),
        ("336-555-0100 ext. 4", "tel:+13365550100;ext=4"),
        ("336.555.0100 x12", "tel:+13365550100;ext=12"),
        ("336 555 0100 #7", "tel:+13365550100;ext=7"),
        ("555-0100", "tel:5550100"),
    ):
        assert can_be_dialed(typed)
        assert dial(typed) == address
    others = ("", "12", "4444", "call us", "office@x.test", "336-555-0100\n+1", "1" * 16, "<b>311")
    assert [one for one in others if can_be_dialed(one)] == []


READ = {
    "ana@example.org": "ana@example.org",
    " Ana.B+c@Mail.Example.org": "Ana.B+c@mail.example.org",
    "Ana Pérez <ana@example.org>": "ana@example.org",
    "<ana@example.org>,": "ana@example.org",
    "ana@example.org. ": "ana@example.org",
    "ana@mañana.example.org": "ana@xn--maana-pta.example.org",
    "ana@ｇmail.com": "ana@gmail.com",
    f"{'a' * 64}@example.org": f"{'a' * 64}@example.org",
}
NOT_READ = [
    *("", "@", "<", "ana", "ana@", "@example.org", "ana@example", "a b@example.org", "ana@@example.org"),
    *("ana@example..org", "a..b@example.org", ".ana@example.org", "ana@-example.org", "ana@[192.0.2.1]"),
    *("ana(work)@example.org", "(a)ana@example.org", "ana@example.org(a)", '"ana"@example.org', '"a b"@example.org'),
    *("=?utf-8?q?ana?=@example.org", "=?utf-8?b?YW5h?=@example.org", "ana@192.0.2.1", "mailto:ana@example.org"),
    *("ana@example.org\nBcc: x@y.z", "ana@example.org, eva@example.org", "Ana <ana@example.org>, eva@example.org"),
    *("josé@example.org", "a\u200bna@example.org", "ana\x00@example.org", "a\udce9@example.org"),
    *(f"{'a' * 65}@example.org", f"ana@{'a.' * 130}org", "a" * 100_000 + "@example.org"),
]


def test_addresses_are_read_however_clumsily_they_were_typed():
    assert {typed: read_mail(typed) for typed in READ} == READ
    assert [typed for typed in NOT_READ if read_mail(typed) is not None] == []
    # Spellings of one mailbox are one.
    assert {mailbox_of(address) for address in ONE_MAILBOX} == {"anaperez@gmail.com"}
    assert mailbox_of("Ana+News@Example.org") == mailbox_of("ana@example.org")
    assert len({mailbox_of(address) for address in [*ONE_MAILBOX, *OTHERS]}) == 1 + len(OTHERS)


ONE_MAILBOX = [
    *("ana.perez@gmail.com", "Ana.Perez@GMAIL.com", "anaperez@gmail.com", "a.n.a.p.e.r.e.z@gmail.com"),
    *("anaperez+news@gmail.com", "ana.perez+a+b@googlemail.com"),
]
OTHERS = ["anaperez@example.org", "ana.perez@example.org", "eva@gmail.com", "+ana@example.org", "+13365550100"]


@given(st.binary(min_size=8, max_size=32))
def test_a_code_is_read_however_it_is_typed(numbers):
    code = texted.code_from(numbers)
    assert len(code) == texted.CODE_LENGTH
    assert set(code) <= set(texted.CODE_LETTERS)
    for typed in (code, texted.show_code(code), texted.show_code(code).upper(), f" {code[:4]} {code[4:]}. "):
        assert texted.read_code(typed) == code


def test_what_cannot_be_a_code_is_none():
    typed = ("", "k7f2", "k7f2qd3mm", "aeiouaei", "k7f2-qd3ñ", "x" * 500)
    assert [texted.read_code(one) for one in typed] == [None] * len(typed)


def test_nobody_earns_by_letting_us_text_the_world(app):
    """Some begin as ours do: +1 876 is Jamaica, +1 900 is charged."""
    ours = ("+13365550100", "+17875550123", "+12025550100")
    abroad = ("+447911123456", "+18765550100", "+14165550100", "+525512345678", "+8835100012345", "+19006661234")
    with app.app_context():
        assert [number for number in (*ours, *abroad) if is_texted(number)] == [*ours]
        # A city may text across the border.
        app.settings = app.settings.model_copy(update={"sms_regions": "US MX"})
        assert is_texted(read_number("+52 55 1234 5678"))


def test_a_number_without_area_code_is_not_whole():
    """It would be taken and reach nobody, or somebody else."""
    assert read_number("555-0101") is None
    assert read_number("336 555 0101") == "+13365550101"
    assert (is_possible("+15550101"), is_possible("+13365550101")) == (False, True)
    # A number that is shown can be typed again.
    for number, shown in (("+13365550100", "(336) 555-0100"), ("+34600000000", "+34 600 00 00 00")):
        assert telephone(number) == shown
        assert read_number(shown) == number


def test_a_title_becomes_a_name():
    begun = "Open evening: " + "who reads it and " * 3
    for title, name in (
        ("Neighbors’ evening", "neighbors-evening-k7f2qd"),
        ("¿Qué sigue, vecinos? ¡Mañana!", "que-sigue-vecinos-manana-k7f2qd"),
        ("🎉", "k7f2qd"),
        ("x" * 200, "x" * 60 + "-k7f2qd"),
        (begun + "who does not", "open-evening-who-reads-it-and-who-reads-it-and-who-reads-it-k7f2qd"),
        ("a" * 29 + " " + "b" * 30 + " c", "a" * 29 + "-" + "b" * 30 + "-k7f2qd"),
    ):
        assert slug(title, "k7f2qd") == name


@given(st.text())
def test_every_title_becomes_a_name_that_is_one(title):
    assert re.fullmatch(r"[a-z0-9-]{1,80}", slug(title, random_tail()))


def test_tails_are_not_guessed():
    assert len({random_tail() for _ in range(1000)}) > 990


FIGURES = {"1": "yes", "2": "maybe", "0": "no"}
PHRASES = {
    **dict.fromkeys(("yes", "si", "y", "s"), "yes"),
    **dict.fromkeys(("no", "n", "no se cumplio"), "no"),
    **dict.fromkeys(("if need be", "si hace falta"), "maybe"),
    "no se": "?",
}
CODES = st.text(alphabet=texted.CODE_LETTERS, min_size=texted.CODE_LENGTH, max_size=texted.CODE_LENGTH)
PROSE = st.lists(st.sampled_from("the corner está vendiendo at night, después ¿dónde? and porch".split()), max_size=9)


def codes_in(text):
    return [one.code for one in texted.spotted(text)]


@given(CODES, PROSE, PROSE, st.sampled_from(["", "-", " ", " - ", "–", ".", "\n"]), st.booleans())
def test_a_code_is_found_wherever_it_stands(code, before, after, gap, big):
    written = f"{code[:4]}{gap}{code[4:]}"
    text = " ".join([*before, written.upper() if big else written, *after])
    assert code in codes_in(text)
    assert next(one for one in texted.spotted(text) if one.code == code).leads == (not before)


@given(CODES, st.lists(st.sampled_from("0123"), min_size=1, max_size=9), st.sampled_from(["", " ", ", "]))
def test_figures_may_stand_close_to_it(code, figures, gap):
    first = texted.spotted(f"{code}{gap}{gap.join(figures)}")[0]
    assert (first.code, first.leads) == (code, True)
    assert [sign for sign in first.rest if sign not in " ,"] == figures


def test_what_is_no_code_is_not_spotted():
    for text in ("", "they sell on the corner", "k7f2", "meet 4821 3", "k7f2 qd3a 1", "k7f2qd3msi"):
        assert codes_in(text) == []
    # Slip codes are looked up before telephone numbers.
    numbers = " ".join(f"336 555 {number}" for number in range(2222, 2230))
    assert codes_in(f"call {numbers} about k7f2-qd3m")[0] == "k7f2qd3m"


@given(st.text(max_size=1600))
def test_no_text_breaks_it(text):
    found = texted.spotted(text)
    assert len(found) <= texted.MOST_CODES
    assert all(set(one.code) <= set(texted.CODE_LETTERS) and len(one.code) == texted.CODE_LENGTH for one in found)
    for one in found:
        texted.read_says(one.rest, FIGURES, PHRASES)


@given(st.lists(st.sampled_from(sorted({*PHRASES} - {"s", "y"})), min_size=1, max_size=9))
def test_words_between_commas_are_read_one_for_one(said):
    expected = tuple(PHRASES[phrase] for phrase in said)
    assert texted.read_says(" , ".join(said), FIGURES, PHRASES) == expected
    numbered = " ".join(f"{number} {phrase}" for number, phrase in enumerate(said, 1))
    assert texted.read_says(numbered, FIGURES, PHRASES) == expected


@given(st.lists(st.sampled_from([*PHRASES, "1", "0", "9", "they", ",", "sell"]), max_size=12))
def test_answer_is_made_of_all_that_was_said(words):
    said = texted.read_says(" ".join(words), FIGURES, PHRASES)
    if said is not None:
        assert "they" not in words
        assert "sell" not in words
        assert 1 <= len(said) <= len(words)


def test_what_can_mean_two_things_is_asked_again():
    said = {
        "si si hace falta no": ("yes", "maybe", "no"),
        "no se cumplio": ("no",),
        "no se , si": ("?", "yes"),
        "y n y": ("yes", "no", "yes"),
        "s n s": ("yes", "no", "yes"),
        "yes no thanks": ("yes", "no"),
    }
    unclear = ("no , se", "si no y si", "no y no", "s no", "1 yes 1 no", "2 yes 1 no", "yes 1", "1 3", "thank you", "")
    expected = said | dict.fromkeys(unclear)
    assert {rest: texted.read_says(rest, FIGURES, PHRASES) for rest in expected} == expected


def test_what_is_made_of_it():
    assert [
        (typed, made)
        for typed, made in (
            ("On *Monday*", "<p>On <em>Monday</em></p>\n"),
            ("# Big", "<h2>Big</h2>\n"),
            ("###### Small", "<h2>Small</h2>\n"),
            ("## One\n### Two\n## Three", "<h2>One</h2>\n<h3>Two</h3>\n<h2>Three</h2>\n"),
            ("## One\n##### Two\n### Three\n# Four", "<h2>One</h2>\n<h3>Two</h3>\n<h3>Three</h3>\n<h2>Four</h2>\n"),
            (
                "| Day | Seats |\n|---|--:|\n| Monday | **12** |\n",
                (
                    '<div class="scroll" tabindex="0" role="region" aria-label="Table 1"><table>\n<thead>\n<tr>\n'
                    '<th scope="col">Day</th>\n<th class="number" scope="col">Seats</th>\n</tr>\n</thead>\n'
                    "<tbody>\n<tr>\n"
                    '<td>Monday</td>\n<td class="number"><strong>12</strong></td>\n</tr>\n</tbody>\n</table></div>\n'
                ),
            ),
            ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
            (
                "[city](https://x.example)",
                '<p><a href="https://x.example" rel="noopener noreferrer nofollow">city</a></p>\n',
            ),
            ("[call](tel:311)", '<p><a href="tel:311" rel="noopener noreferrer nofollow">call</a></p>\n'),
            ("á ñ ¿", "<p>á ñ ¿</p>\n"),
            ("", ""),
        )
        if to_html(typed) != made
    ] == []
    made = to_html("| a |\n|---|\n| 1 |\n\ntext `<table>` </table>\n\n| b |\n|---|\n| 2 |\n")
    assert re.findall('aria-label="(.*?)"', made) == ["Table 1", "Table 2"]
    assert made.count("<div") == made.count("</div>") == made.count("<table>") == made.count("</table>") == 2


def test_nothing_dangerous_is_left():
    for typed in (
        *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![tracker](https://third.example/pixel.png)"),
        *("[x](javascript:alert(1))", "[x](data:text/html;base64,AAAA)", '<https://x.example" onclick=alert(1)>'),
        *('[x](https://x.example "t\\" onclick=alert(1)")', "<svg/onload=alert(1)>"),
        *("<style>*{display:none}</style>", "| a |\n|---|\n| <img src=x onerror=alert(1)> |"),
        "</table></div><script>alert(1)</script>",
    ):
        made = to_html(typed).lower()
        assert not any(f"<{tag}" in made for tag in ("script", "img", "svg", "style", "iframe"))
        assert 'href="javascript' not in made
        assert 'href="data' not in made
        # As text it may stand there, in a tag it may not.
        assert not any(" onclick" in tag or "onerror" in tag for tag in re.findall(r"<[^>]*>", made))


@given(st.text(alphabet="#ab \n>-", max_size=80))
def test_no_level_of_heading_is_left_out(typed):
    levels = [1, *(int(level) for level in re.findall(r"<h(\d)>", to_html(typed)))]
    assert all(1 < after <= before + 1 for before, after in pairwise(levels))
    assert max(levels) <= 4
