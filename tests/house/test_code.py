"""What the code must look like that no linter checks."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from portal.config import ROOT, Settings

MODULES = sorted(path for folder in ("portal", "demo") for path in (ROOT / folder).rglob("*.py"))
TEMPLATES = sorted(path for folder in ("portal", "demo") for path in (ROOT / folder / "templates").rglob("*.html"))
LONGEST_MODULE = 680
LONGEST_TEMPLATE = 300
LONGEST_FUNCTION = 40
CLOCK_CALLS = {"now", "utcnow", "today"}
# What decides about safety, privacy or numbers: it knows the standard library and other files of this list, no more.
PURE = {
    *(f"core.{name}" for name in "cells hours names parity pii suppression texted".split()),
    *("core.reading", *(f"core.reading.{name}" for name in ("danger", "grams", "reader"))),
    "core.jobs.retries",
    *(f"accounts.{name}" for name in ("roles", "sign_in_rules")),
    "organisations.sides",
    *(f"markets.{name}" for name in ("gate_rules", "reviews", "status")),
    "commitments.promise_rules",
    *("following.announcement_rules", "following.follow_words"),
    *("meetings.readiness", "meetings.series_rules"),
    *("meetings.evenings", "meetings.rsvp.rules"),
    *("partners.circle_rules", "partners.callin.evening_rules", "partners.callin.rules", "partners.polls.rules"),
    "partners.reconciliation.rules",
    *("reports.code", "reports.triage", "reports.words"),
    *(f"sms.{name}" for name in ("dialogue", "effects", "choices", "keywords", "needs", "policy", "reading")),
    "sms.rsvp_rules",
    "home.search_rules",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            is_folder = (ROOT / module.replace(".", "/")).is_dir()
            yield from (f"{module}.{alias.name}" for alias in node.names) if is_folder else (module,)


def modules_where(fails: Callable[[Path], object]) -> dict[str, object]:
    return {name_of(path): problem for path in MODULES if (problem := fails(path))}


def test_a_module_says_what_lives_in_it() -> None:
    assert modules_where(lambda path: not ast.get_docstring(tree_of(path))) == {}


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in (*MODULES, *TEMPLATES)}
    most = {".py": LONGEST_MODULE, ".html": LONGEST_TEMPLATE}
    assert {name: length for name, length in lengths.items() if length > most[Path(name).suffix]} == {}


def test_functions_are_short() -> None:
    def long_functions(path: Path) -> list[str]:
        nodes = (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        return [node.name for node in nodes if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION]

    assert modules_where(long_functions) == {}


def test_only_the_clock_looks_at_the_clock() -> None:
    def looks(path: Path) -> list[str]:
        calls = (node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))
        attributes = (call for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCK_CALLS)
        return [ast.unparse(call) for call in attributes if re.search(r"\bdate(time)?$", ast.unparse(call.value))]

    assert list(modules_where(looks)) == ["portal/core/clock.py"]


def test_what_decides_knows_only_the_standard_library() -> None:
    def foreign(path: Path) -> list[str]:
        if module_of(path).removeprefix("portal.") not in PURE:
            return []
        names = (name for name in imports(path) if name.split(".")[0] not in sys.stdlib_module_names)
        return [name for name in names if name.removeprefix("portal.") not in PURE]

    assert modules_where(foreign) == {}
    assert {f"portal.{name}" for name in PURE} <= {module_of(path) for path in MODULES}


def test_every_name_of_a_module_is_used() -> None:
    """By the portal, a template, or a test that measures with it."""
    users = [*MODULES, *(ROOT / "portal/templates").rglob("*.html"), *(ROOT / "tests").rglob("*.py")]
    words = Counter(word for path in users for word in re.findall(r"\w+", path.read_text()))

    def unused(path: Path) -> list[str]:
        named: list[str] = []
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
                named.append(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                named += [target.id for target in targets if isinstance(target, ast.Name)]
        return [name for name in named if words[name] == 1]

    assert modules_where(unused) == {}


WRITTEN_NOWHERE = {
    # Nothing is looked up by its name in the application, and nothing is left to do.
    r"\.extensions\b": set(),
    r"\b(TODO|FIXME|XXX|HACK)\b|NotImplemented(Error)?\b": set(),
    # Fields of the library call validators with nothing when nothing can be read; see `core.forms`.
    r"from wtforms import (?:\([^)]*|[^\n]*)\b(?:Date|Time|Integer|Float|Decimal)Field\b": set(),
    # `core` knows no accounts; everybody above takes the current user of `accounts.sign_in`, which has its type.
    r"from flask_login import .*current_user": {"portal/core/web.py"},
    # The threshold of suppression stands in one place.
    r"\b[Ff]ewer than (10|ten)\b|\b1 to 9\b|FEWEST_SHOWN = ": {"portal/core/suppression.py"},
}
"""What may stand in these files alone."""


def test_what_may_be_written_nowhere_else() -> None:
    sources = {name_of(path): path.read_text() for path in (*MODULES, *TEMPLATES)}
    for pattern, places in WRITTEN_NOWHERE.items():
        assert {name for name, source in sources.items() if re.search(pattern, source)} == places, pattern


def test_web_processes_load_only_what_most_requests_need(settings: Settings) -> None:
    """Each of them is two to a hundred MB in every process, and up to seconds of its start."""
    drawing = {"PIL", "shapely", "pyproj", "shapefile", "typst", "pypdf", "segno", "vl_convert", "altair", "matplotlib"}
    counting = {"numpy", "scipy", "pandas", "statsmodels", "patsy", "python_calamine"}
    talking = {"icalendar", "twilio", "requests", "email_validator", "dns"}
    large = {*drawing, *counting, *talking, "alembic", "mako", "webauthn", "demo", "portal.leaks"}
    code = "import sys, wsgi, portal.core.jobs.engine; wsgi.make_ready(); "
    code += f"print(sorted(name for name in {large} if sys.modules.get(name)))"
    environment = {"PORTAL_ENVIRONMENT": "development", "PORTAL_DATA_DIR": str(settings.data_dir)}
    environment["PORTAL_DATABASE_URL"] = settings.database
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert (said.stdout.strip(), said.stderr) == ("[]", "")


def test_programs_that_read_files_do_not_load_the_portal() -> None:
    """They run without secrets and within limits; what decides is as light, so that its tests start at once."""
    programs = ("portal.indicators.files.program", "portal.core.files.program")
    modules = ", ".join((*programs, *sorted(f"portal.{name}" for name in PURE)))
    code = f"import sys, {modules}; print(sorted({{'flask', 'sqlalchemy'}} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert (said.stdout.strip(), said.stderr) == ("[]", "")


def test_no_test_takes_figures_of_ids_for_a_number() -> None:
    """Ids and tokens are drawn by lot: "555" is in one of sixty of them, and such a test fails once in a while."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.Compare(
                    left=ast.Constant(value=str() | bytes() as few), ops=[ast.NotIn()], comparators=[read]
                ):
                    searched = ast.unparse(read)
                    with_ids = re.search(r"response\.text|\.data\b|content|caplog|kept|^(text|log|shown)$", searched)
                    if few.isdigit() and len(few) < 6 and with_ids:
                        found.append(f"{name_of(path)}:{node.lineno}: {few!r} not in {searched}")
    assert found == []
