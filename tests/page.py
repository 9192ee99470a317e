"""Reads pages as a careful visitor would: `page("/es/")` fails unless the page is what every page must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.accounts.users import Member
from tests.checks import check_page, place_of, spoken
from tests.make import sign_in
from tests.parser import parse

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
REDIRECTS = (301, 302, 303, 307, 308)


class Reader:
    """Reads pages with one browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def __call__(self, url: str, status: int = 200, *, quotes: tuple[str, ...] = (), **kwargs: object) -> Page:
        """GET `url` (or another `method`), follow redirects, check the page; see `read` for `quotes`."""
        kwargs.setdefault("headers", SAME_ORIGIN)
        response = self.client.open(url, **kwargs)
        for _hop in range(5):
            if response.status_code not in REDIRECTS:
                break
            response = self.client.get(urljoin(response.request.path, response.location), headers=SAME_ORIGIN)
        return self.read(response, status, quotes=quotes)

    def read(self, response: TestResponse, status: int = 200, *, quotes: tuple[str, ...] = ()) -> Page:
        """Check a page that was answered. `quotes` may stand in it in any language: what somebody else wrote."""
        assert response.status_code == status, f"{response.request.path}: {response.status_code}, not {status}"
        tree = parse(response.text, (place_of(self.client.application, response), status))
        check_page(self.client.application, response, tree, quotes)
        return Page(self, response, tree)


def reader_of(app: Flask, member: Member) -> Reader:
    """Reads pages as somebody who is signed in."""
    reader = Reader(app.test_client())
    sign_in(reader.client, member)
    return reader


@dataclass(frozen=True)
class Page:
    """A page that passed the checks."""

    reader: Reader
    response: TestResponse
    tree: Element

    @property
    def path(self) -> str:
        """The address the page was finally read from."""
        return self.response.request.path

    @property
    def text(self) -> str:
        """What can be read on it, with single spaces."""
        return " ".join(" ".join(spoken(self.tree)).split())

    @property
    def title(self) -> str:
        """What stands in the tab."""
        return " ".join(self.find("title").itertext()).strip()

    def find(self, selector: str) -> Element:
        """The first element for a small CSS selector: `form#reply input[name=text]`."""
        found = next(self.find_all(selector), None)
        assert found is not None, f"{self.path}: nothing is {selector}"
        return found

    def find_all(self, selector: str) -> Iterator[Element]:
        """Every element for a selector, in the order of the page."""
        return select(self.tree, selector.split())

    def has(self, selector: str) -> bool:
        """Whether anything is there for a selector."""
        return next(self.find_all(selector), None) is not None

    @property
    def wide(self) -> Form:
        """The form with the fields; copying, deleting and signing out are forms of their own."""
        return Form(self, self.find("form.wide"))

    @property
    def errors(self) -> set[str]:
        """The names of the fields at which an error stands."""
        return {told.get("id", "").removesuffix("-error") for told in self.find_all("p.error")}

    def form(self, action: str = "", method: str = "post") -> Form:
        """The form whose address contains `action`; it must be the only one, but for the frame's sign-out."""
        forms = [
            found
            for found in self.tree.iter("form")
            if action in found.get("action", self.path) and found.get("method", "get") == method
        ]
        if not forms and method == "post":
            beside = [one for one in self.tree.iter("button") if action in one.get("formaction", "")]
            owners = {id(form): (form, one) for one in beside for form in self._owners(one)}
            assert len(owners) == 1, f"{self.path}: {len(owners)} forms with a button for {action!r}"
            form, button = next(iter(owners.values()))
            return Form(self, form, button.get("formaction"))
        if not action:
            forms = [found for found in forms if "sign-out" not in found.get("class", "")]
        assert len(forms) == 1, f"{self.path}: {len(forms)} forms for {action!r}"
        return Form(self, forms[0])

    def _owners(self, control: Element) -> Iterator[Element]:
        """The form that a button or field belongs to: the one that it names, or the one around it."""
        for form in self.tree.iter("form"):
            name = control.get("form")
            if form.get("id") == name if name else control in set(form.iter()):
                yield form

    def forms(self, action: str) -> Iterator[Form]:
        """The forms whose address contains `action`, in the order of the page."""
        return (Form(self, found) for found in self.tree.iter("form") if action in found.get("action", self.path))

    def form_with(self, name: str) -> Form:
        """The first form that has a field or a button of this name."""
        return next(
            Form(self, found) for found in self.tree.iter("form") if name in {one.get("name") for one in found.iter()}
        )

    def follow(self, text: str, status: int = 200, **kwargs: object) -> Page:
        """Press the link that says `text`."""
        links = [link for link in self.tree.iter("a") if text in " ".join(" ".join(link.itertext()).split())]
        assert links, f"{self.path}: no link says {text!r}"
        return self.reader(urljoin(self.path, links[0].get("href", "")), status, **kwargs)


@dataclass(frozen=True)
class Form:
    """A form on a page, filled in as the page has it, hidden fields included."""

    page: Page
    element: Element
    action: str | None = None
    """Where a button elsewhere on the page sends it; None for its own address."""

    @property
    def values(self) -> MultiDict[str, str]:
        """What a browser would send if nobody touched it."""
        found: MultiDict[str, str] = MultiDict()
        for control in self.controls():
            for value in _values(control):
                found.add(control.get("name", ""), value)
        return found

    def controls(self) -> Iterator[Element]:
        """Inputs, texts and selects that have a name: inside, and those elsewhere that name the form."""
        name = self.element.get("id")
        inside = [one for one in self.element.iter() if one.get("form") is None]
        named = [one for one in self.page.tree.iter() if name and one.get("form") == name]
        for control in [*inside, *named]:
            if control.tag in ("input", "textarea", "select") and control.get("name"):
                yield control

    def send(
        self, *, press: str | None = None, headers: dict[str, str] | None = None, **values: object
    ) -> TestResponse:
        """Fill in, press the button (`press`: its value) and return the bare answer.

        A list fills in a field with several values. A field or choice that the page does not offer is an error.
        """
        data = self.values
        for name, value in values.items():
            data.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
            self._offers(name, data.getlist(name))
        action = self.action or self.element.get("action", "")
        if press is not None:
            button = self._button(press)
            data.add(button.get("name", ""), press)
            action = button.get("formaction", action)
        address = urljoin(self.page.path, action)
        client, sent = self.page.reader.client, headers or SAME_ORIGIN
        if self.element.get("method", "get") == "post":
            return client.post(address, data=data, headers=sent)
        return client.get(address, query_string=data, headers=sent)

    def enter(self, **values: object) -> TestResponse:
        """Fill in and press Enter, as the “Go” of a phone does: a browser takes the first button of the form."""
        first = next(one for one in self.buttons() if one.get("type", "submit") == "submit")
        return self.send(press=first.get("value") if first.get("name") else None, **values)

    def submit(
        self, status: int = 200, *, press: str | None = None, quotes: tuple[str, ...] = (), **values: object
    ) -> Page:
        """Send, follow where it leads, and read that page."""
        response, reader = self.send(press=press, **values), self.page.reader
        if response.status_code in REDIRECTS:
            return reader(urljoin(response.request.path, response.location), status, quotes=quotes)
        return reader.read(response, status, quotes=quotes)

    def _offers(self, name: str, values: list[str]) -> None:
        controls = [control for control in self.controls() if control.get("name") == name]
        assert controls, f"{self.page.path}: the form has no {name!r}"
        choices = {choice for control in controls for choice in _choices(control)}
        assert not choices or set(values) <= choices, f"{self.page.path}: {name} offers {choices}, not {values}"

    def buttons(self) -> Iterator[Element]:
        """The buttons that send it, in the order of the page: those elsewhere on the page that name it, too."""
        inside = set(self.element.iter("button"))
        for button in self.page.tree.iter("button"):
            if button in inside if button.get("form") is None else button.get("form") == self.element.get("id"):
                yield button

    def in_other_language(self, status: int = 200, *, quotes: tuple[str, ...] = (), **values: object) -> Page:
        """Fill in and press what shows the page in the other language."""
        button = next(one for one in self.buttons() if one.get("name") == "to_other_language")
        sent = self.send(press=button.get("value"), **values)
        return self.page.reader.read(sent, status, quotes=quotes)

    def _button(self, value: str) -> Element:
        for button in self.buttons():
            if button.get("value") == value:
                return button
        raise AssertionError(f"{self.page.path}: no button sends {value!r}")


def fields_of(page: Page) -> Form:
    """The form with the fields of what is edited; taking back and signing out are forms of their own."""
    return Form(page, page.find("form.wide"))


def select(tree: Element, steps: list[str]) -> Iterator[Element]:
    """Elements for a selector of steps; each step is `tag#id.class[attribute=value]`, all parts optional."""
    seen: set[int] = set()
    for found in tree.iter():
        if found is not tree and _is(found, steps[0]):
            for inner in select(found, steps[1:]) if steps[1:] else (found,):
                if id(inner) not in seen:
                    seen.add(id(inner))
                    yield inner


def token_of(client: FlaskClient) -> str:
    """What a form must bring along."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/en/account/").text)
    return found[1] if found else ""


def send(client: FlaskClient, address: str, **values: str) -> TestResponse:
    """Send a form as somebody who is signed in."""
    return client.post(address, data={"csrf_token": token_of(client), **values}, headers=SAME_ORIGIN)


def _is(element: Element, step: str) -> bool:
    step, *attributes = step.replace("]", "").split("[")
    step, *classes = step.split(".")
    tag, _, identity = step.partition("#")
    return (
        (not tag or str(element.tag).rpartition("}")[2] == tag)
        and (not identity or element.get("id") == identity)
        and set(classes) <= set(element.get("class", "").split())
        and all(_has(element, *attribute.partition("=")) for attribute in attributes)
    )


def _has(element: Element, name: str, equals: str, value: str) -> bool:
    return element.get(name) == value.strip("\"'") if equals else name in element.attrib


def _values(control: Element) -> list[str]:
    if control.tag == "textarea":
        return ["".join(control.itertext()).removeprefix("\n")]
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib] or options[:1]
        return [option.get("value", option.text or "") for option in chosen]
    if control.get("type") in ("radio", "checkbox"):
        return [control.get("value", "on")] if "checked" in control.attrib else []
    return [] if control.get("type") in ("submit", "file") else [control.get("value", "")]


def _choices(control: Element) -> list[str]:
    if control.tag == "select":
        return [option.get("value", option.text or "") for option in control.iter("option")]
    return [control.get("value", "on")] if control.get("type") in ("radio", "checkbox") else []
