"""Everything that is published is found, in its language, from the moment it is public and for as long as it is."""

from datetime import timedelta
from functools import partial
from importlib import import_module

import pytest
import time_machine
from sqlalchemy import delete, func, select, text

from portal.app import FEATURES
from portal.core.clock import now
from portal.core.db import db
from portal.core.files.uploads import CleanFile
from portal.core.i18n import Bilingual
from portal.core.limits import RateLimit
from portal.home.search import FIXED, INDEX, fill, rebuild
from portal.home.search_rules import PAGE
from portal.markets.places import Market
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import ReportBack
from portal.news.library import Guide, read_files, take_back_guide
from portal.news.posts import Post, take_back_post
from tests.conftest import Work
from tests.make import (
    both,
    make_call_in,
    make_guide,
    make_market,
    make_meeting,
    make_member,
    make_post,
    make_report_back,
)
from tests.news.test_files import pdf
from tests.page import Reader


def titles(page: Reader, lang: str, words: str, number: int = 1) -> list[str]:
    found = page(f"/{lang}/search/", query_string={"q": words, "page": number}, quotes=(words,))
    return ["".join(link.itertext()) for link in found.find_all("ul.found h3 a")]


def fill_city(work: Work) -> None:
    with work() as session:
        market = make_market(session, "Quetzal Street")
        market.services = both("A quetzal helps.", "Un quetzal ayuda.")
        market.why_here = both("Quetzal reasons.", "Razones del quetzal.")
        make_call_in(session, market).message = both("Quetzal words.", "Palabras del quetzal.")
        meeting = make_meeting(session, title=both("Quetzal evening", "Tarde del quetzal"))
        make_report_back(session, meeting, minutes=both("Quetzal told.", "Contó el quetzal."))
        make_post(session, title=both("Quetzal light", "Luz del quetzal"))
        make_guide(session, title=both("Quetzal guide", "Guía del quetzal"))


@pytest.mark.both_databases
def test_every_kind_is_found_in_its_group(page: Reader, work: Work) -> None:
    fill_city(work)
    for lang in ("en", "es"):
        found = page(f"/{lang}/search/?q=QUETZAL")
        assert len(["".join(name.itertext()) for name in found.find_all("section h2")]) == 7
        assert len(titles(page, lang, "quetzal")) == 7
        links = [link.get("href") for link in found.find_all("ul.found h3 a")]
        assert {page.client.get(link).status_code for link in links} == {200}
        assert "".join(found.find("mark").itertext()).lower() == "quetzal"


@pytest.mark.both_databases
def test_languages_are_apart_and_accents_do_not_matter(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("The gathering", "La excursión"))
    for words in ("excursion", "EXCURSIÓN", "excurs"):
        assert titles(page, "es", words) == ["La excursión"]
    assert titles(page, "en", "excursion") == titles(page, "es", "gathering") == []
    assert titles(page, "en", "gatherings") == ["The gathering"]


@pytest.mark.both_databases
def test_every_word_counts_titles_come_first_and_then_newest(page: Reader, work: Work) -> None:
    with work() as session:
        for number, (title, body) in enumerate([("Heron", ""), ("Old", "heron"), ("New", "heron"), ("Heron", "ibis")]):
            moment = now() - timedelta(days=9 - number)
            make_post(session, title=both(f"{title} {number}", "x"), body=both(body or "-", "x"), published_at=moment)
    assert titles(page, "en", "heron") == ["Heron 3", "Heron 0", "New 2", "Old 1"]
    assert titles(page, "en", "ibis heron") == ["Heron 3"]
    assert titles(page, "en", "heron nothing") == []


def test_what_is_hidden_is_not_found_before_its_release(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Canary Street", released=False)
        market.why_here = both("Canary", "Canario")
        make_call_in(session, market)
        make_meeting(session, title=both("Canary evening", "x"), market_id=market.id)
        make_post(session, title=both("Canary light", "x"), market_id=market.id)
    for words in ("canary", "canary evening", "canar", "canary light"):
        assert titles(page, "en", words) == []
    with work() as session:
        assert [title for title in session.scalars(text("SELECT title FROM home_search")) if "canar" in title] == []
        session.query(Market).one().released_at = now() + timedelta(hours=1)
    assert titles(page, "en", "canary") == []
    with work() as session:
        session.query(Market).one().released_at = now()
    assert sorted(titles(page, "en", "canary")) == ["Canary Street", "Canary Street", "Canary evening", "Canary light"]


def test_why_here_is_found_once_call_in_is_over(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session)
        market.why_here = both("Kestrel reasons.", "x")
        make_call_in(session, market, now() + timedelta(hours=1), keys=0).message = both("Kestrel words.", "x")
    assert titles(page, "en", "kestrel") == []
    with work() as session:
        session.query(Market).one().call_in.ended_at = now()
    assert titles(page, "en", "kestrel") == ["Elm Street", "Elm Street"]


def test_drafts_and_what_is_taken_back_are_not_found(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Heron draft", "x"), published=False)
        make_meeting(session, title=both("Heron draft", "x"), published=False)
        make_guide(session, title=both("Heron draft", "x"), published=False)
        make_post(session, title=both("Heron later", "x"), published_at=now() + timedelta(hours=1))
        make_post(session, slug="heron", title=both("Heron", "x"))
    assert titles(page, "en", "heron") == ["Heron"]
    with work() as session:
        take_back_post(session.query(Post).filter_by(slug="heron").one(), make_member(session).id)
    assert titles(page, "en", "heron") == []


def test_change_is_found_at_once_the_old_words_not(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Heron", "x"))
    with work() as session:
        session.query(Post).one().title = both("Osprey", "x")
    assert titles(page, "en", "heron") == []
    assert titles(page, "en", "osprey") == ["Osprey"]
    with work() as session:
        session.delete(session.query(Post).one())
    assert titles(page, "en", "osprey") == []
    with work() as session:
        assert session.scalar(select(func.count()).select_from(INDEX)) == 0


def test_the_index_is_made_anew(app, page: Reader, work: Work) -> None:
    fill_city(work)
    command = partial(app.test_cli_runner().invoke, args=["search", "rebuild"])
    # The worker fills an emptied index, and adds nothing twice.
    for way in ((command,), (fill, fill)):
        with work() as session:
            session.execute(delete(INDEX))
        assert titles(page, "en", "quetzal") == []
        with app.app_context():
            for step in way:
                step()
        assert len(titles(page, "en", "quetzal")) == 7
    with work():
        assert rebuild() == 14


def test_no_more_than_page_at_time_and_nothing_twice(page: Reader, work: Work) -> None:
    with work() as session:
        author = make_member(session)
        for number in range(45):
            make_post(session, author, title=both(f"Heron {number}", "x"), slug=f"heron-{number}")
    pages = [titles(page, "en", "heron", number) for number in (1, 2, 3)]
    assert [len(found) for found in pages] == [PAGE, PAGE, 5]
    assert len({title for found in pages for title in found}) == 45
    assert page("/en/search/?q=heron").follow("Next").has("a[rel=prev]")
    assert titles(page, "en", "heron", 9) == []


def test_nothing_found_helps_on_and_is_kept_by_nobody(page: Reader, caplog: pytest.LogCaptureFixture) -> None:
    for lang, said in (("en", "Nothing found"), ("es", "No se encontró nada")):
        found = page(f"/{lang}/search/?q=zzzz")
        assert said in found.text
        assert found.response.headers["Cache-Control"] == "no-store"
        page(f"/{lang}/search/")
        assert page(f"/{lang}/nowhere", 404).has("input[name=q]")
        assert page(f"/{lang}/").has(f"a[href=/{lang}/search/]")
    assert "zzzz" not in caplog.text


@pytest.mark.both_databases
def test_no_words_are_an_error(page: Reader, work: Work) -> None:
    fill_city(work)
    queries = ('"', "'", "*", '"a" OR "b"', "title : x", "NEAR(a b)", "-", "a & !b", "'; --")
    for words in (*queries, "\x00", "🙂", "<b>", "%", "x" * 10_000):
        titles(page, "en", f"quetzal {words}")
        page("/en/search/", query_string={"q": words}, quotes=(words,))


def test_what_is_written_is_shown_as_text(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Heron <b>bold</b>", "x"), body=both("<script>heron</script> & <i>", "x"))
    found = page("/en/search/", query_string={"q": 'heron"><script>alert(1)</script>'}, quotes=())
    assert "alert" in found.find("input").get("value", "")
    found = page("/en/search/?q=heron")
    assert "<b>" in found.text
    assert not list(found.find_all("main script"))


def test_the_index_of_sqlite_overwrites_what_is_taken_back(work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Zyzzyva", "Zyzzyva"), slug="z")
    with work() as session:
        session.delete(session.query(Post).one())
    with db.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT block FROM home_search_data").scalars().all()
    assert not any(b"zyzzyva" in bytes(block) for block in stored)


def test_whoever_wants_to_tell_something_finds_the_form_first(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("The meeting", "La denuncia"))
    for word, lang in (("queja", "es"), ("complaint", "en"), ("quiero denunciar a un policía", "es")):
        found = page(f"/{lang}/search/", query_string={"q": word})
        links = [link.get("href") for link in found.find_all("main section a")]
        assert links[:2] == [f"/{lang}/report/", f"/{lang}/who-can-see/"], word
        assert not found.has("[role=status]")
    found = page("/en/search/?q=meeting", quotes=("La denuncia",))
    assert next(found.find_all("main section a")).get("href") != "/en/report/"


def test_whoever_needs_help_finds_911_first(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, name="shots fired")
        guide = make_guide(session, title=both("shots fired: whom to call", "shots fired: a quién llamar"))
    found = page("/en/search/", query_string={"q": "shots fired"}, quotes=("shots fired",))
    links = [link.get("href", "") for link in found.find_all("main a")]
    assert links[:3] == ["tel:911", "/en/report/", "/en/guides/"]
    assert next(link for link in links if guide.slug in link or "/places/" in link).endswith(guide.slug)
    assert not found.has("[role=status]")


def test_who_searches_without_end_waits_and_others_do_not(page: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    # Three searches a minute from one address, six from one network.
    monkeypatch.setattr(import_module("portal.home.pages"), "QUESTIONS", RateLimit(3, 6, 100, 3, 60))
    client, url = page.client, "/en/search/?q=lámpara"

    def search(address: str) -> int:
        client.environ_base["REMOTE_ADDR"] = address
        return client.get("/en/search/?q=lamp").status_code

    with time_machine.travel(now(), tick=False):
        assert [client.get(url).status_code for _ in range(4)] == [200] * 3 + [429]
        told = page(url, 429, quotes=("lámpara",))
        assert told.response.headers["Retry-After"] == "60"
        assert told.has('input[value="lámpara"]')
        assert "in a minute" in told.text
        assert not told.has('main a[href="tel:911"]')
        assert page("/en/search/?q=pelea", 429).has('main a[href="tel:911"]')
        page("/en/search/")
        assert [search(f"2001:db8:1:{number:x}::1") for number in range(7)] == [200] * 6 + [429]
        assert search("2001:db8:2::1") == 200


@pytest.mark.both_databases
def test_words_that_people_use_find_what_we_wrote(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Trash is gone", "Ya no hay basura"))
        make_post(session, title=both("Repairs", "Reparaciones"), body=both("Litter in a lot.", "Basura en un lote."))
        make_post(session, title=both("Heron", "Garza"), body=both("Nothing else.", "Nada más."))
    title = {"en": ["Trash is gone", "Repairs"], "es": ["Ya no hay basura", "Reparaciones"]}
    for lang, words in (("en", ("garbage", "litter", "basura")), ("es", ("basurero", "trash", "dumping"))):
        for word in words:
            assert titles(page, lang, word) == title[lang], word


CODE = "actor glide tree series salad mention garage attend"


def test_a_code_is_neither_searched_nor_shown_again(page: Reader, caplog: pytest.LogCaptureFixture) -> None:
    cut, listed = CODE.rpartition(" ")[0], f"1. actor 2. glide 3. tree,{CODE[16:]}"
    spanish = "redondo impar palabra derecho liso relleno alzar jornada"
    for lang in ("en", "es"):
        for typed in (CODE, CODE.upper(), f"my code is {CODE}", cut, listed, "7fdj5khs", "7FDJ-5KHS", spanish):
            answer = page.client.get(f"/{lang}/search/", query_string={"q": typed})
            assert (answer.status_code, answer.location) == (303, f"/{lang}/search/code/")
            assert answer.headers["Cache-Control"] == "no-store"
            said = page(answer.location)
            assert said.has(f'main a[href="/{lang}/report/follow"]')
            for word in typed.lower().split():
                assert word not in said.find("#q").get("value", "")
                assert word not in caplog.text
            assert "actor" not in answer.text


def test_misspelled_word_finds_what_is_most_like_it(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Herons", "Garzas"))
    for lang, typed, found, said in (
        ("en", "hernos", "Herons", "for words like them"),
        ("es", "garsas", "Garzas", "palabras parecidas"),
    ):
        assert titles(page, lang, typed) == [found]
        assert said in page(f"/{lang}/search/?q={typed}").text
        assert said not in page(f"/{lang}/search/?q={found}").text


def test_word_of_hidden_title_is_never_what_was_meant(page: Reader, work: Work) -> None:
    with work() as session:
        for name in ("Quetzal Street", "Streetlight Alley"):
            make_market(session, name, released=False)
        make_post(session, title=both("Quetzal draft", "x"), published=False)
    assert "words like them" not in page("/en/search/?q=quetzla").text
    assert [titles(page, "en", word) for word in ("quetzla", "lamp")] == [[], []]


# --- What stands in rows of its own: what came of a meeting, tags, files, how a place stood ---


def make_held(session, title: str, **given: object) -> Meeting:
    past = now() - timedelta(days=3)
    return make_meeting(session, title=both(title, "Tarde"), starts_at=past, **given)


def test_report_is_found_once_published_as_last_told(page: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_held(session, "Toucan")
        make_report_back(session, meeting, minutes=both("Heron", "x"), published=False)
    assert titles(page, "en", "heron") == []
    with work() as session:
        session.query(ReportBack).one().published_at = now() - timedelta(hours=2)
    assert titles(page, "en", "heron") == ["Toucan"]
    with work() as session:
        again = make_report_back(session, session.query(Meeting).one(), minutes=both("Osprey", "x"), published=False)
    assert titles(page, "en", "osprey") == []
    with work() as session:
        session.get(ReportBack, again.id).published_at = now()
    assert titles(page, "en", "osprey") == ["Toucan"]
    assert titles(page, "en", "heron") == []


def test_report_of_a_hidden_meeting_is_not_found(page: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Canary Street", released=False)
        make_report_back(session, make_held(session, "Toucan", market_id=hidden.id), minutes=both("Heron", "x"))
        make_report_back(session, make_held(session, "Draft", published=False), minutes=both("Heron", "x"))
    assert titles(page, "en", "heron") == []
    with work() as session:
        session.query(Market).one().released_at = now() - timedelta(days=60)
    assert titles(page, "en", "heron") == ["Toucan"]


@pytest.mark.both_databases
def test_words_of_file_are_found_once_worker_read_it(app, page: Reader, work: Work) -> None:
    files = {"en": pdf(), "es": b"Traiga una garza."}
    with work() as session:
        make_guide(session, title=both("Toucan", "Portal"), body=Bilingual("", ""), files=files)
    assert titles(page, "en", "chairs bring") == []
    with app.app_context():
        read_files()
    assert titles(page, "en", "chairs bring") == ["Toucan"]
    assert titles(page, "es", "garza") == ["Portal"]
    assert titles(page, "en", "garza") == []


def test_what_a_file_said_is_gone_with_it(app, page: Reader, work: Work) -> None:
    with work() as session:
        make_guide(session, title=both("Toucan", "Portal"), files={"en": b"A heron and an osprey."})
        make_guide(session, title=both("Draft", "x"), files={"en": b"A heron."}, published=False)
    with app.app_context():
        read_files()
    assert titles(page, "en", "heron") == ["Toucan"]
    with work() as session:
        guide = session.query(Guide).filter(Guide.published_at.is_not(None)).one()
        guide.put_files({"en": CleanFile("txt", b"A stork.")})
    assert titles(page, "en", "heron") == []
    with app.app_context():
        read_files()
    assert titles(page, "en", "stork") == ["Toucan"]
    with work() as session:
        session.query(Guide).filter(Guide.published_at.is_not(None)).one().put_files({"en": None})
    assert titles(page, "en", "stork") == []
    with work() as session:
        take_back_guide(session.query(Guide).filter(Guide.published_at.is_not(None)).one(), make_member(session).id)
    assert titles(page, "en", "toucan") == []


def test_kinds_and_fixed_pages_are_told_apart_and_fit() -> None:
    kinds = [FIXED, *(one.kind for feature in FEATURES for one in feature.findable)]
    assert len({kind.name for kind in kinds}) == len({kind.order for kind in kinds}) == len(kinds)
    assert max(len(kind.name) for kind in kinds) <= 40
    orders = [page.order for feature in FEATURES for page in feature.pages]
    assert len(orders) == len(set(orders))
