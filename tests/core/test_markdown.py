"""Markdown that people type becomes a page's part and never its code."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portal.core.markdown import to_html


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
