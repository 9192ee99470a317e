"""Contacts: numbers as people write them are dialed as phones need them; addresses are read and compared."""

from __future__ import annotations

from portal.core.contact import can_be_dialed, dial, mailbox_of, read_mail


def test_a_number_is_dialed_however_it_was_typed() -> None:
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


def test_what_is_no_number_is_not_dialed() -> None:
    assert [
        typed
        for typed in ("", "12", "4444", "call us", "office@x.test", "336-555-0100\n+1", "1" * 16, "<b>311")
        if can_be_dialed(typed)
    ] == []


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
    *(
        "ana@example..org",
        "a..b@example.org",
        ".ana@example.org",
        "ana@-example.org",
        "ana@[192.0.2.1]",
        "ana@192.0.2.1",
    ),
    *("ana(work)@example.org", "(a)ana@example.org", "ana@example.org(a)", '"ana"@example.org', '"a b"@example.org'),
    *("=?utf-8?q?ana?=@example.org", "=?utf-8?b?YW5h?=@example.org"),
    *("ana@example.org\nBcc: x@y.z", "ana@example.org, eva@example.org", "Ana <ana@example.org>, eva@example.org"),
    *(
        "josé@example.org",
        "a\u200bna@example.org",
        "ana\x00@example.org",
        "a\udce9@example.org",
        "mailto:ana@example.org",
    ),
    *(f"{'a' * 65}@example.org", f"ana@{'a.' * 130}org", "a" * 100_000 + "@example.org"),
]


def test_addresses_are_read_however_clumsily_they_were_typed() -> None:
    assert {typed: read_mail(typed) for typed in READ} == READ
    assert [typed for typed in NOT_READ if read_mail(typed) is not None] == []


ONE_MAILBOX = [
    *("ana.perez@gmail.com", "Ana.Perez@GMAIL.com", "anaperez@gmail.com", "a.n.a.p.e.r.e.z@gmail.com"),
    *("anaperez+news@gmail.com", "ana.perez+a+b@googlemail.com"),
]
OTHERS = ["anaperez@example.org", "ana.perez@example.org", "eva@gmail.com", "+ana@example.org", "+13365550100"]


def test_spellings_of_one_mailbox_are_one_and_others_are_not() -> None:
    assert {mailbox_of(address) for address in ONE_MAILBOX} == {"anaperez@gmail.com"}
    assert mailbox_of("Ana+News@Example.org") == mailbox_of("ana@example.org")
    assert len({mailbox_of(address) for address in [*ONE_MAILBOX, *OTHERS]}) == 1 + len(OTHERS)
