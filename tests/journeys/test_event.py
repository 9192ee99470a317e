"""The data of a meeting in a real browser: read by search engines, never run, and no matter for the content policy."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from portal.core.clock import now
from tests.conftest import Work
from tests.journeys.conftest import Visit
from tests.make import both, make_meeting

TITLE = "Porch </script><script>window.ran = true</script> evening"
ADD_SCRIPT = """() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
}"""


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_data_of_a_meeting_is_read_and_never_run(visit: Visit, work: Work, lang: str) -> None:
    with work() as session:
        slug, title = f"data-in-{lang}", f"{TITLE} {lang}"
        make_meeting(session, slug=slug, title=both(title, title), starts_at=now() + timedelta(days=300))
    window = visit(f"/{lang}/meetings/{slug}")
    data = window.page.locator('script[type="application/ld+json"]').text_content()
    assert json.loads(data or "")["name"] == title
    assert window.page.evaluate("window.ran") is None
    assert window.complaints == []
    # The policy is in force: it refuses a script of the same kind that could run.
    window.page.evaluate(ADD_SCRIPT)
    assert window.page.evaluate("window.ran") is None
    assert len(window.complaints) == 1
    assert "Content Security Policy" in window.complaints.pop()
