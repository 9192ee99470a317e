"""Looks at the page on show with axe, and at its contrast in light and dark.

Contrast takes most of its time, so it is measured once for each place with the same look: tags, classes and attributes
from the root down, and every colour and size that axe computes with. Only what axe measured and passed is known.
"""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.journeys.browsing import DESKTOP, PHONE

NARROW: ViewportSize = {"width": 320, "height": 640}
AXE = Axe()
RULES = {
    "resultTypes": ["violations"],
    "rules": {"color-contrast": {"enabled": False}},
    # Style sheets are read anew for one experimental rule only, which is not asked for.
    "preload": {"assets": ["media"]},
}
CONTRAST = {"resultTypes": ["violations", "passes", "incomplete"], "runOnly": ["color-contrast"], "preload": False}

FIND_PLACES = """() => {
    const VALUES = new Set(["class", "type", "role", "aria-current", "aria-disabled", "aria-hidden", "dir"]);
    const LOOK = ["color", "backgroundColor", "backgroundImage", "backgroundClip", "opacity", "fontSize", "fontWeight",
        "textShadow", "webkitTextStrokeColor", "webkitTextStrokeWidth", "filter", "mixBlendMode", "display",
        "visibility", "position", "zIndex", "float", "overflow", "clip", "clipPath", "transform", "textIndent"];
    const LAYERS = ["content", "display", "position", "backgroundColor", "backgroundImage", "width", "height"];
    const known = new Map();
    function digest(text) {
        let one = 0xdeadbeef, other = 0x41c6ce57;
        for (let at = 0; at < text.length; at++) {
            const code = text.charCodeAt(at);
            one = Math.imul(one ^ code, 2654435761);
            other = Math.imul(other ^ code, 1597334677);
        }
        one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
        other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
        return (4294967296 * (2097151 & other) + (one >>> 0)).toString(36);
    }
    function place(element) {
        if (!element) return "";
        if (!known.has(element)) {
            const named = element.getAttributeNames().sort().map(
                name => VALUES.has(name) ? `${name}=${element.getAttribute(name)}` : name);
            const look = getComputedStyle(element);
            const layers = ["::before", "::after"].map(layer => getComputedStyle(element, layer)).flatMap(
                layer => layer.content === "none" ? [] : LAYERS.map(name => layer[name]));
            const parts = [place(element.parentElement), element.tagName, ...named, ...LOOK.map(name => look[name]),
                ...layers, element.matches(":disabled"), Boolean(element.control?.matches(":disabled"))];
            known.set(element, digest(parts.join("\\n")));
        }
        return known.get(element);
    }
    window.placed = new Map();
    for (const element of document.body.querySelectorAll("*")) {
        const own = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join("").trim();
        const typed = element.matches("input, select, textarea, button") ? element.value || element.placeholder : "";
        if ((own || typed) && element.checkVisibility({visibilityProperty: true})) {
            const box = element.getBoundingClientRect();
            // Of a sign alone axe says that it cannot tell.
            const words = /[\\p{L}\\p{N}]\\s*\\S*[\\p{L}\\p{N}]/u.test(own || typed);
            const where = `${place(element)} ${words} ${box.width > 1 && box.height > 1 && box.right > 0}`;
            window.placed.set(where, [...window.placed.get(where) ?? [], element]);
        }
    }
    return [...window.placed.keys()];
}"""
MEASURE = """async ([places, options]) => {
    const elements = places.flatMap(where => window.placed.get(where));
    const found = await axe.run({include: elements}, {...options, elementRef: true});
    const named = kind => new Set(found[kind].flatMap(rule => rule.nodes.map(node => node.element)));
    const passed = named("passes"), open = new Set([...named("violations"), ...named("incomplete")]);
    const is_settled = where => window.placed.get(where).some(one => passed.has(one))
        || !window.placed.get(where).some(one => open.has(one));
    return [
        found.violations.map(rule => ({id: rule.id, targets: rule.nodes.map(node => node.target)})),
        places.filter(is_settled),
    ];
}"""
RUN = """options => axe.run(options).then(found => found.violations.map(
    rule => ({id: rule.id, targets: rule.nodes.map(node => node.target)})))"""

_settled: set[str] = set()
"""Places of elements whose contrast was measured and is enough, or that axe does not measure."""


LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = (
    (DESKTOP, "light"),
    (PHONE, "light"),
    (DESKTOP, "dark"),
)


def problems(page: Page) -> list[str]:
    """Everything that is wrong with the page on show: its structure once, contrast in light and dark, its width.

    A page that has nothing new in light has nothing new in dark: what both look like comes of the same rules.
    """
    found, is_new = [], False
    _load_axe(page)
    for size, scheme in LOOKS:
        if scheme == "dark" and not is_new:
            continue
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        places = _new_places(page)
        is_new = is_new or bool(places)
        violations = (_violations(page) if (size, scheme) == (PHONE, "light") else []) + _pale(page, places)
        found += [f"{size['width']} {scheme}: {one['id']} {one['targets']}" for one in violations]
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"{width} pixels wide in a window of {NARROW['width']}")
    return [f"{page.url}: {problem}" for problem in found]


def _load_axe(page: Page) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
        # Sent once: a tab that was looked at loads it by itself with every further page.
        page.add_init_script(AXE.axe_script)


def _violations(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(RUN, RULES)
    return found


def _new_places(page: Page) -> list[str]:
    """Where the elements stand whose place and look are not settled yet."""
    return [place for place in page.evaluate(FIND_PLACES) if place not in _settled]


def _pale(page: Page, places: list[str]) -> list[dict[str, Any]]:
    """What is too pale at these places."""
    if not places:
        return []
    found, settled = page.evaluate(MEASURE, [places, CONTRAST])
    _settled.update(settled)
    return list(found)
