"""Translated texts of sessions: components, levels, states, refusals, audit events, and patterns of plans."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from portal.core.i18n import Bilingual
from portal.partners.reconciliation import rules
from portal.partners.reconciliation.rules import Component, ThemeSource

COMPONENTS = {
    Component.HARM: _l("Acknowledgement of harm"),
    Component.LISTENING: _l("Listening and telling what happened"),
    Component.FACTS: _l("Finding out the facts"),
    Component.CHANGE: _l("Changes in rules and practice"),
}
LEVELS = {
    rules.Confidentiality.HERE: _l("Nothing leaves the room, not even themes"),
    rules.Confidentiality.THEMES: _l("Themes may leave the room, never who said what"),
    rules.Confidentiality.OPEN: _l("What is said may be told, without names"),
}
STATES = {
    rules.ThemeState.DRAFTED: _l("Waits for the community"),
    rules.ThemeState.APPROVED: _l("Approved by the community"),
    rules.ThemeState.SHARED: _l("Shared with both sides"),
}
SOURCES = {ThemeSource.ASKED: _l("From what the public suggested"), ThemeSource.TOLD: _l("From what was told")}
SCOPES = {
    rules.QuoteScope.CIRCLE: _l("The community's side of this circle, without police and agencies"),
    rules.QuoteScope.SIDES: _l("Both sides in this circle"),
    rules.QuoteScope.PUBLIC: _l("Everybody: it stands beside the acknowledgement"),
}
PRESENTS = {
    rules.Present.RESIDENTS: _l("Residents"),
    rules.Present.FAITH: _l("People of congregations"),
    rules.Present.ORGANIZERS: _l("Organizers"),
    rules.Present.SERVICES: _l("Services"),
    rules.Present.POLICE: _l("Police"),
    rules.Present.CITY: _l("Other city offices"),
    rules.Present.INTERPRETERS: _l("Interpreters"),
}
APART = {"yes": _l("Yes, each side has its own"), "no": _l("No, one for all")}
DAYS_KEPT = {1: _l("1 day"), 3: _l("3 days"), 7: _l("7 days"), 14: _l("14 days"), 30: _l("30 days"), 90: _l("90 days")}
NO_CHILDREN = _l(
    "Children are not named here, and nobody’s age under 18. Leave them out, and tell whoever arranges the evening how"
    " many come along."
)
A_DAY = _l("Please give a day.")
NOT_MINUTES = _l("Each line begins with its minutes, for example: 10 Welcome.")
NOT_THE_SAME = _l("Both languages must have the same minutes, line by line.")
NOT_THE_SUM = _l("The lines add up to %(sum)s minutes, and the session takes %(length)s.")
PAST = _l("Please choose today or a day ahead.")
REFUSALS = {
    "session_days": _l("Each side meets by itself before the session, and what came of it is told after it."),
    "session_ahead": _l("This can be done from the day of the session on."),
    "rules_changed": _l("The ground rules were changed in the meantime. Please read them again."),
    "notice_one_language": _l("The public is asked in both languages or not at all."),
    "notice_days": _l("The last day for suggestions lies between today and the day of the session."),
    "guests_over": _l("This session is over, so nobody names guests for it any more."),
    "theme_changed": _l("This theme was changed in the meantime. Please read it again."),
    "theme_shared": _l("Both sides have read this theme already. Write another one beside it."),
    "theme_unapproved": _l("The community has not approved this theme."),
    "line_days": _l("A consent is given today or earlier, and ends within a year."),
    "acknowledgement_day": _l("This day has not come yet."),
    "acknowledgement_public": _l("What was said in public stays as it is."),
    "acknowledgement_one_language": _l("This is said in both languages or not at all."),
}
AUDITED = {
    "session.planned": _l("planned a session of a circle"),
    "session.facilitator_named": _l("named somebody to facilitate a session"),
    "session.rules_changed": _l("changed the ground rules of a session"),
    "session.opened": _l("asked the public for suggestions"),
    "session.closed": _l("stopped asking the public for suggestions"),
    "session.reported": _l("said that a session was reported back"),
    "session.theme_approved": _l("approved a theme for the community"),
    "session.theme_shared": _l("shared a theme with both sides"),
    "session.line_kept": _l("kept a line with consent"),
    "session.line_withdrawn": _l("withdrew a line"),
    "session.acknowledged": _l("published an acknowledgement"),
    "session.answered": _l("answered an acknowledgement for the community"),
}


class PlanPattern(NamedTuple):
    purpose: Bilingual
    agenda: Bilingual
    rules: Bilingual
    questions: Bilingual


PATTERNS = {
    Component.HARM: PlanPattern(
        Bilingual(
            en="An office says in public what harm was done, and hears the answer.",
            es="Una oficina dice en público qué daño se hizo y escucha la respuesta.",
        ),
        Bilingual(
            en="10 Welcome and ground rules\n15 Why we are here, from both sides\n15 The acknowledgement is spoken\n"
            "10 Silence, and a break\n30 The community answers\n10 What happens next, by whom, by when",
            es="10 Bienvenida y reglas\n15 Por qué estamos aquí, de los dos lados\n15 Se dice el reconocimiento\n"
            "10 Silencio y descanso\n30 Responde la comunidad\n10 Qué sigue, quién lo hace y para cuándo",
        ),
        Bilingual(
            en="The acknowledgement comes without “but”. Nobody has to forgive. Nobody is asked to answer at once. "
            "No photos and no recording.",
            es="El reconocimiento se dice sin «pero». Nadie tiene que perdonar. "
            "A nadie se le pide responder enseguida. Sin fotos ni grabaciones.",
        ),
        Bilingual(
            en="What harm is named, and who did it?\nWhat does the office say it will not do again?\n"
            "What would people need to hear so that they can believe it?",
            es="¿Qué daño se nombra y quién lo hizo?\n¿Qué dice la oficina que no volverá a hacer?\n"
            "¿Qué necesita oír la gente para poder creerlo?",
        ),
    ),
    Component.LISTENING: PlanPattern(
        Bilingual(
            en="People say what they lived through, and the other side listens without answering back.",
            es="Las personas cuentan lo que vivieron, y el otro lado escucha sin discutir.",
        ),
        Bilingual(
            en="10 Welcome and ground rules\n35 Neighbors speak, three minutes each\n10 Break\n"
            "20 Officers say what they heard\n10 Both sides: what surprised us\n5 What happens next, by whom, by when",
            es="10 Bienvenida y reglas\n35 Hablan los vecinos, tres minutos cada quien\n10 Descanso\n"
            "20 Los policías dicen lo que escucharon\n10 Los dos lados: qué nos sorprendió\n"
            "5 Qué sigue, quién lo hace y para cuándo",
        ),
        Bilingual(
            en="One person speaks, and nobody interrupts. We speak of what we lived ourselves. "
            "We listen to understand, not to answer. Anybody may stay silent or leave the room. "
            "We name no one who is not here. No photos and no recording.",
            es="Habla una persona y nadie la interrumpe. Hablamos de lo que vivimos nosotros mismos. "
            "Escuchamos para entender, no para contestar. Cualquiera puede callar o salir de la sala. "
            "No nombramos a nadie que no esté aquí. Sin fotos ni grabaciones.",
        ),
        Bilingual(
            en="What happened to you that the other side should know?\nWhat did you fear, and what did you need?\n"
            "What did you hear today that you did not know?",
            es="¿Qué le pasó a usted que el otro lado debería saber?\n¿Qué temía y qué necesitaba?\n"
            "¿Qué escuchó hoy que no sabía?",
        ),
    ),
    Component.FACTS: PlanPattern(
        Bilingual(
            en="We lay out what is known, what is not, and who finds out the rest.",
            es="Ponemos sobre la mesa lo que se sabe, lo que no se sabe y quién averigua lo demás.",
        ),
        Bilingual(
            en="10 Welcome and ground rules\n20 What the records say\n20 What residents saw\n10 Break\n"
            "20 Where the two differ\n10 Who finds out what, by when",
            es="10 Bienvenida y reglas\n20 Lo que dicen los registros\n20 Lo que vieron los vecinos\n10 Descanso\n"
            "20 En qué no coinciden\n10 Quién averigua qué y para cuándo",
        ),
        Bilingual(
            en="We say what we know and how we know it. “I don't know” is an answer. Figures come with their source. "
            "We do not speak of open cases or of single persons.",
            es="Decimos lo que sabemos y cómo lo sabemos. «No sé» es una respuesta. Los números vienen con su fuente. "
            "No hablamos de casos abiertos ni de personas en particular.",
        ),
        Bilingual(
            en="Which figures does each side bring?\nWhat would settle where we differ?\n"
            "Who can look, and who checks it?",
            es="¿Qué números trae cada lado?\n¿Qué aclararía lo que no coincide?\n"
            "¿Quién puede averiguarlo y quién lo revisa?",
        ),
    ),
    Component.CHANGE: PlanPattern(
        Bilingual(
            en="We agree what changes in rules and daily work, and how everybody can see it.",
            es="Acordamos qué cambia en las reglas y en el trabajo diario, y cómo lo puede ver toda la gente.",
        ),
        Bilingual(
            en="10 Welcome and ground rules\n15 What we heard so far: the shared themes\n"
            "30 What could change\n10 Break\n"
            "20 Which office promises what, by when\n5 How we look at it again",
            es="10 Bienvenida y reglas\n15 Lo que escuchamos hasta ahora: los temas compartidos\n"
            "30 Qué podría cambiar\n"
            "10 Descanso\n20 Qué oficina se compromete a qué y para cuándo\n5 Cómo lo volvemos a revisar",
        ),
        Bilingual(
            en="A promise has an office, a day, and something that everybody can see. "
            "Whoever cannot promise it says so. A view of the few is written down beside that of the many.",
            es="Un compromiso tiene una oficina, una fecha y algo que toda la gente pueda ver. "
            "Quien no puede comprometerse lo dice. Lo que piensan pocos se escribe junto a lo que piensa la mayoría.",
        ),
        Bilingual(
            en="What should be different in six months?\nWho decides it?\nHow will neighbors notice?",
            es="¿Qué debería ser distinto en seis meses?\n¿Quién lo decide?\n¿Cómo lo van a notar los vecinos?",
        ),
    ),
}
OCCASIONS = {
    Component.HARM: Bilingual(
        en="Reconciliation session: acknowledgement of harm", es="Sesión de reconciliación: reconocimiento del daño"
    ),
    Component.LISTENING: Bilingual(
        en="Reconciliation session: listening", es="Sesión de reconciliación: escuchar y contar"
    ),
    Component.FACTS: Bilingual(
        en="Reconciliation session: finding out the facts", es="Sesión de reconciliación: averiguar los hechos"
    ),
    Component.CHANGE: Bilingual(
        en="Reconciliation session: changes in rules and practice",
        es="Sesión de reconciliación: cambios en reglas y prácticas",
    ),
}
"""The occasions of promises, as shown in the commitments ledger."""
