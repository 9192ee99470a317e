"""The stylesheet and the scripts: readable colours in both schemes, small, and without traces."""

import re
from itertools import product
from pathlib import Path

import brotli

from portal.config import Palette
from portal.core.paper import ACCENTS

STATIC = Path(__file__).resolve().parents[2] / "static"
CSS = (STATIC / "portal.css").read_text()
TEXT_ON = [
    *((text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "card", "wash", "accent-wash")),
    *((tone, ground) for tone in ("warn", "bad", "good") for ground in ("paper", "card", f"{tone}-wash")),
    *(("ink", f"{tone}-wash") for tone in ("warn", "bad", "good")),
    ("on-accent", "accent"),
    ("paper", "ink"),
]


def tokens(dark: bool) -> dict[str, str]:
    light, _, rest = CSS.partition("@media screen and (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", light))
    if dark:
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", rest.partition("/* Page */")[0]))
    return found


def brightness(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((brightness(one), brightness(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_what_a_page_loads_stays_small() -> None:
    for name, most in {
        "portal.css": 6_000,
        "palettes.css": 500,
        "rooms.css": 1_900,
        "portal.js": 2_400,
        "draft.js": 900,
        "blot.js": 1_200,
        "voice.js": 2_100,
        "run.js": 1_500,
        "sign-in.js": 1_900,
    }.items():
        assert len(brotli.compress((STATIC / name).read_bytes(), quality=11)) <= most, name


PALETTES = (STATIC / "palettes.css").read_text()


def palette(name: str, dark: bool) -> dict[str, str]:
    """The tokens of the stylesheet with those of a palette in their place."""
    part = PALETTES.partition("(prefers-color-scheme: dark)")[2 if dark else 0]
    rule = re.search(rf"\[data-palette={name}\] {{([^}}]+)}}", part)
    assert rule is not None
    return tokens(dark) | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", rule[1]))


def test_every_palette_can_be_read() -> None:
    for name, dark in product(Palette, (False, True)):
        colours = palette(name, dark)
        for text, ground in TEXT_ON:
            assert contrast(colours[text], colours[ground]) >= 4.5, (name, dark, text, ground)
        # The edge of a field can be seen.
        assert all(contrast(colours["edge"], colours[ground]) >= 3 for ground in ("paper", "card", "wash")), name


def test_the_usual_palette_is_that_of_the_stylesheet() -> None:
    assert [palette(Palette.GREEN, dark) == tokens(dark) for dark in (False, True)] == [True, True]


def test_paper_has_the_screens_accent_and_can_be_read() -> None:
    for name in Palette:
        assert ACCENTS[name] == palette(name, dark=False)["accent"]
        assert contrast(ACCENTS[name], "#ffffff") >= 4.5


def test_every_colour_outside_tokens_and_paper_is_a_token() -> None:
    parts = CSS.partition("/* Page */")[2].partition("/* Paper */")[0]
    assert re.findall(r"(?:#[0-9a-f]{3,8}\b(?=[;, ])|rgba?\(|hsla?\()", parts) == []


def test_public_pages_leave_nothing_on_the_device() -> None:
    # A draft is kept by a script of its own, if she asks for it; this one fetches it then, and can erase the draft.
    reads = re.compile(r'localStorage\.(?:draft\)|removeItem\("draft"\))')
    code = reads.sub("", (STATIC / "portal.js").read_text())
    traces = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")
    assert [trace for trace in traces if trace in code] == []


def test_nothing_moves_by_itself() -> None:
    assert not re.search(r"\b(transition|animation|scroll-behavior)\b", CSS)
