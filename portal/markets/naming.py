"""What names a hidden place, asked before anything is shown: of those that the writer knows, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from wtforms import StringField, TextAreaField

from portal.core.clock import now
from portal.core.editing import EditorForm
from portal.markets.models import Market
from portal.markets.queries import known_markets
from portal.markets.rules import is_public
from portal.markets.rules.names import named_in
from portal.markets.texts import NAMED, NAMED_IN_FILE


def names_hidden_place(
    form: EditorForm,
    member_id: int,
    tied_to: int | None = None,
    attached: Callable[[], Mapping[str, str]] = dict,
) -> bool:
    """Whether what was typed would tell the public of a hidden place that the writer knows; says so beside the fields.

    Ask it before anything is shown. It says so once: "the corner" may be a corner, and pressing again lets it through.
    Something tied to that very place stays hidden with it. `attached` gives what stands in files that go along, by the
    names of their fields; it is asked only if there is a name to look for.
    """
    names = hidden_names(member_id, besides=tied_to)
    if not names:
        return False
    typed = {field.name: field.data or "" for field in form if type(field) in (StringField, TextAreaField)}
    found = {field: name for field, text in (typed | dict(attached())).items() if (name := named_in(text, names))}
    said = "; ".join(f"{field}: {name}" for field, name in found.items())
    if not found or form.warned.data == said:
        return False
    form.warned.data = said
    for field, name in found.items():
        form.complain(field, (NAMED if field in typed else NAMED_IN_FILE) % {"name": name})
    return True


def texts_name_hidden_place(texts: Iterable[str], member_id: int, tied_to: int | None = None) -> bool:
    """Whether words that stand already would, where nobody types them anew."""
    names = hidden_names(member_id, besides=tied_to)
    return any(named_in(text, names) for text in texts)


def hidden_names(member_id: int, besides: int | None = None) -> list[str]:
    """Every name of the hidden places that a member knows of, but for the place `besides`.

    Of others nothing is looked up: a warning would tell the writer that there is such a place.
    """
    hidden = [one for one in known_markets(member_id) if one.id != besides and not is_public(one.released_at, now())]
    names = [name for one in hidden for text in (one.name, one.own_name) for name in (text.en, text.es) if name]
    return list(dict.fromkeys(names))


def has_namesake(market: Market, member_id: int) -> bool:
    """Whether another place that a member may know of has a name of this one. Others betray nothing by their names."""
    return any(
        named_in(mine, (other.name[lang],)) and named_in(other.name[lang], (mine,))
        for other in known_markets(member_id)
        if other.id != market.id
        for lang, mine in (("en", market.name.en), ("es", market.name.es))
    )
