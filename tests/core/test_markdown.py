"""Markdown that people type becomes a page's part and never its code."""

from __future__ import annotations

import re

import pytest

from portal.core.markdown import to_html


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("On *Monday*", "<p>On <em>Monday</em></p>\n"),
        ("# Big", "<h2>Big</h2>\n"),
        ("###### Small", "<h4>Small</h4>\n"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"),
        (
            "[city](https://x.example)",
            '<p><a href="https://x.example" rel="noopener noreferrer nofollow">city</a></p>\n',
        ),
        ("[call](tel:311)", '<p><a href="tel:311" rel="noopener noreferrer nofollow">call</a></p>\n'),
        ("á ñ ¿", "<p>á ñ ¿</p>\n"),
        ("", ""),
    ],
)
def test_what_is_made_of_it(typed: str, made: str) -> None:
    assert to_html(typed) == made


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![tracker](https://third.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        '<https://x.example" onclick=alert(1)>',
        '[x](https://x.example "t\\" onclick=alert(1)")',
        "<svg/onload=alert(1)>",
        "<style>*{display:none}</style>",
    ],
)
def test_nothing_dangerous_is_left(typed: str) -> None:
    made = to_html(typed).lower()
    assert not any(f"<{tag}" in made for tag in ("script", "img", "svg", "style", "iframe"))
    assert 'href="javascript' not in made
    assert 'href="data' not in made
    # As text it may stand there, in a tag it may not.
    assert not any(" onclick" in tag or "onerror" in tag for tag in re.findall(r"<[^>]*>", made))
