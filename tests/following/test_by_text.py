"""Following by text, over the real webhook: asked twice, never a report, over with STOP."""

import pytest
from sqlalchemy import func, select

from portal.core.i18n import LANGUAGES, speaking
from portal.core.texted import segments
from portal.core.web import Portal
from portal.following import texts
from portal.following.following import Follower, FollowWording, Subscription
from portal.reports.reports import Thread
from tests.conftest import Work
from tests.following.followers import ROSA
from tests.make import make_desk, make_market
from tests.sms.conftest import say, settings
from tests.sms.talk import Say

__all__ = ["say", "settings"]


@pytest.fixture
def city(work: Work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session, "Elm Street")
        make_market(session, "Secret Street", released=False)


def followed(work: Work) -> list[tuple[str, bool]]:
    with work() as session:
        found = session.scalars(select(Subscription).order_by(Subscription.asked_at)).all()
        return [(row.subject, row.confirmed_on is not None) for row in found]


def reports(work: Work) -> int:
    with work() as session:
        return session.scalar(select(func.count(Thread.id))) or 0


def test_asking_and_agreeing(say: Say, work: Work) -> None:
    told = say("FOLLOW Elm Street")
    assert told.startswith("Common Ground: News about Elm Street by text, a few a month? To start, answer NEWS.")
    assert "HELP" in told and "STOP" in told
    assert followed(work) == [("place", False)]
    agreed = "You get news about Elm Street, a few texts a month. HELP for help. STOP ends all texts."
    assert say("News") == f"Common Ground: {agreed}"
    assert followed(work) == [("place", True)]
    assert reports(work) == 0
    with work() as session:
        assert session.scalars(select(FollowWording.words)).one() in told


def test_a_hidden_place_is_like_one_that_never_was(say: Say, work: Work) -> None:
    hidden, never = (say(f"follow {name} Street", sender=f"+1336555011{len(name)}") for name in ("Secret", "Nowhere"))
    assert hidden == never
    assert reports(work) == 0
    assert "We have no news about that. News about what? Answer NEWS and the name: Elm Street." in never
    assert "Secret" not in hidden + never + say("news")


def test_stop_and_delete_forget_phone_then_nothing_is_asked(say: Say, work: Work) -> None:
    say("yes")
    assert followed(work) == [], "a yes is only ours when we asked"
    for number, word in enumerate(("STOP", "ALTO", "BORRAR")):
        for text in ("news meetings", "NEWS", word):
            say(text, sender=f"+1336555012{number}")
        with work() as session:
            assert session.scalar(select(func.count(Follower.id))) == 0
    assert say("FOLLOW Elm Street", sender="+13365550120") == ""
    assert followed(work) == []


def test_who_follows_several_is_asked_which_to_end(say: Say, work: Work) -> None:
    for wish in ("FOLLOW Elm Street", "FOLLOW meetings"):
        say(wish)
        say("YES")
    told = "No more news about what? Answer UNFOLLOW and the name:"
    assert told in say("take me off one of them but not the rest")
    assert told in say("unfollow Mulberry Street")
    assert len(followed(work)) == 2
    assert "no more news about Elm Street" in say("unfollow Elm Street")
    assert "no more news from us" in say("unfollow")
    assert followed(work) == []


def test_a_report_with_such_words_stays_a_report(say: Say, work: Work) -> None:
    say("News van on Elm street, they were selling behind it", sender=ROSA)
    say("they follow my kids on elm street every day", sender="+13365550113")
    assert reports(work) == 2
    assert followed(work) == []


def test_every_fixed_text_has_at_most_two_segments(app: Portal) -> None:
    names = ("Martin Luther King Boulevard", "todas las reuniones", "la seguridad del vecindario")
    link = "https://portal.alderfalls.example.org/es/meetings/evening-on-the-porch-k7f2qd"
    for lang in LANGUAGES:
        with app.test_request_context(), speaking(lang):
            said = [*map(texts.question_text, names), *(texts.fitting(texts.FOLLOWED, name) for name in names)]
            said.append(texts.choices_text([f"Place {number}" for number in range(30)]))
            bodies = [*map(texts.signed, said)]
            bodies.append(texts.notice_text("El 4 dic, 6:00 p.m. nos reunimos para hablar de Calle Elm.", link))
        for body in bodies:
            assert (segments(body).segments <= 2, segments(body).encoding) == (True, "GSM-7"), body
