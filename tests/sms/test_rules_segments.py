"""Segments are counted as carriers do; a text is cleaned without changing what it says."""

import unicodedata

from hypothesis import given, strategies as st

from portal.core.texted import Encoding, TextLength, segments, wide_signs
from portal.sms.keywords import LONGEST_TEXT, clean

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = "\f^{}\\[~]|€"
gsm_text = st.text(alphabet=GSM_BASIC + GSM_EXTENDED, max_size=400)
wide_text = st.text(alphabet="abcáíóúñ¿ 😀👍🏽漢“”", max_size=200)


def naive(text: str) -> TextLength:
    """The rules written down a second time: pieces are cut as long as the next character still fits."""
    gsm = not set(text) - set(GSM_BASIC + GSM_EXTENDED)
    if gsm:
        pieces = ["\x1b" + c if c in GSM_EXTENDED else c for c in text]
        alone, part = 160, 153
    else:
        pieces = [c.encode("utf-16-be").decode("utf-16-be", "surrogatepass") for c in text]
        pieces = ["xx" if len(c.encode("utf-16-be")) == 4 else "x" for c in pieces]
        alone, part = 70, 67
    units = len("".join(pieces))
    if units <= alone:
        return TextLength(Encoding.GSM7 if gsm else Encoding.UCS2, units, 1 if text else 0)
    sent = [""]
    for piece in pieces:
        if len(sent[-1] + piece) > part:
            sent.append("")
        sent[-1] += piece
    return TextLength(Encoding.GSM7 if gsm else Encoding.UCS2, units, len(sent))


@given(st.one_of(gsm_text, wide_text))
def test_segments_are_counted_like_the_naive_rule(text):
    assert segments(text) == naive(text)
    # Signs that make a text longer are named.
    assert bool(wide_signs(text)) == (segments(text).encoding is Encoding.UCS2)
    assert wide_signs("La reunión es mañana: ¿viene? Será") == "ó á"


EDGES = {
    "": TextLength(Encoding.GSM7, 0, 0),
    "a" * 160: TextLength(Encoding.GSM7, 160, 1),
    "a" * 161: TextLength(Encoding.GSM7, 161, 2),
    "a" * 307: TextLength(Encoding.GSM7, 307, 3),
    "€" * 80: TextLength(Encoding.GSM7, 160, 1),
    # An escaped pair is never split: 152 + a pair needs a second part.
    "a" * 152 + "€" + "a" * 152: TextLength(Encoding.GSM7, 306, 3),
    "ñé¿¡üÑ": TextLength(Encoding.GSM7, 6, 1),
    "á" * 70: TextLength(Encoding.UCS2, 70, 1),
    "á" * 71: TextLength(Encoding.UCS2, 71, 2),
    "😀" * 35: TextLength(Encoding.UCS2, 70, 1),
    "á" * 66 + "😀" + "á" * 66: TextLength(Encoding.UCS2, 134, 3),
    "it’s": TextLength(Encoding.UCS2, 4, 1),
}


def test_counts_at_the_edges() -> None:
    assert {text: segments(text) for text in EDGES} == EDGES


anything = st.text(alphabet=st.characters(codec=None), max_size=500)


@given(anything)
def test_clean_is_idempotent_and_storable(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert len(cleaned) <= LONGEST_TEXT
    cleaned.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c != "\n" for c in cleaned)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=500))
def test_clean_keeps_what_is_visible(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_clean_examples():
    assert clean("a\x00b\x07c") == "abc"
    assert clean("  venden\r\naquí \u202ertl\u202c\u2066x\u2069 ") == "venden\naquí rtlx"
    assert clean("cafe\u0301") == "café"
    assert clean("a" * 2000) == "a" * 1600
    assert clean("\ud83d half") == "half"
    assert clean("👩‍👧 ok") == "👩‍👧 ok"
    assert clean("\x00 \n\t") == ""


def test_what_needs_no_cleaning_is_what_cleaning_leaves_alone() -> None:
    latin = "".join(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100)))
    # The mark at the end is cleaned away, so each character is looked at.
    assert clean(f"a{latin}\nz") == clean(f"a{latin}\nz\u202e") == f"a{latin}\nz"
