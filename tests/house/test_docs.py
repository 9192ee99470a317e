"""What documents and comments name exists: files, modules, what is defined in them, headings, targets of make."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from portal.config import ROOT

PORTAL = ROOT / "portal"
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").glob("*.svg")]
TOOLS = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".pre-commit-config.yaml"]
COMMENTED = [
    *(PORTAL / "templates").rglob("*.[hitx]*"),
    *(ROOT / "demo" / "templates").rglob("*.html"),
    *(ROOT / "static").glob("*.css"),
    *(ROOT / "static").glob("*.js"),
]
FOLDERS_OF_CODE = ("portal", "demo", "tests", "bench", "requirements")
CODE = [path for folder in FOLDERS_OF_CODE for path in (ROOT / folder).rglob("*.py")]

FEATURES = {path.stem for path in PORTAL.glob("[a-z]*") if path.suffix == ".py" or (path / "__init__.py").exists()}
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
# Paths begin with a folder of the root, or with one of `portal/`; a slash, dot or letter before that is another path.
A_PATH = re.compile(rf"(?<![\w/.$-])(?:{'|'.join(sorted(FOLDERS | FEATURES))})/[\w./*-]*[\w/*]")
A_FILE = re.compile(r"(?<![\w/.$*…-])[\w-]+(?:/[\w-]+)*\.(?:py|css|js)\b")
A_MODULE = re.compile(r"[a-z]\w*(?:\.\w+)+")
A_CLASS = re.compile(r"(?:[A-Z][a-z0-9]+){2,}")
A_CALL = re.compile(r"([a-zA-Z][\w.]*)\(.*\)")
IN_BACKTICKS = re.compile(r"`([^`\n]+)`")
A_COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def defined() -> set[str]:
    """The names of all functions, methods and classes."""
    return {name for path in CODE for name in re.findall(r"^ *(?:class|def) (\w+)", source(path), re.MULTILINE)}


@cache
def files() -> list[str]:
    return [name_of(path) for path in (*CODE, *COMMENTED, *ROOT.glob("*.py"))]


def is_path(name: str) -> bool:
    places = (ROOT, PORTAL) if name.partition("/")[0] in FEATURES else (ROOT,)
    return any(any(place.glob(way)) for place in places for way in (name.rstrip("/"), f"{name}.py"))


def is_in_a_module(name: str) -> bool:
    """Whether `feature.module.Name.attribute` leads somewhere; it may stop at any of these."""
    place, parts = PORTAL, name.removeprefix("portal.").split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if not parts:
        return True
    module = place / f"{parts[0]}.py"
    if module.exists():
        parts.pop(0)
    else:
        module = place / "__init__.py"
    return module.exists() and is_defined(parts, source(module))


def is_defined(parts: list[str], text: str) -> bool:
    if not parts:
        return True
    first, *attributes = parts
    at_the_top = re.search(rf"^(?:class |def )?{first}\b", text, re.MULTILINE)
    return bool(at_the_top) and all(re.search(rf"\b{attribute}\b", text) for attribute in attributes)


def unknown_names(text: str) -> Iterator[str]:
    """Whatever a text names in backticks and the code does not have."""
    for name in IN_BACKTICKS.findall(text):
        call = A_CALL.fullmatch(name)
        bare = call[1] if call else name
        first, _, rest = bare.partition(".")
        if A_FILE.fullmatch(bare):
            known = True  # as a path
        elif A_MODULE.fullmatch(bare) and first in FEATURES | {"portal"}:
            known = is_in_a_module(bare)
        elif A_MODULE.fullmatch(bare) and first in {"db", "crypto"}:
            known = is_in_a_module(f"core.{bare}") or rest in defined()
        elif A_CLASS.fullmatch(bare) or (call and bare.isidentifier() and not bare.startswith("_")):
            known = bare in defined()
        else:
            known = True
        if not known:
            yield name


def unknown_paths(text: str) -> Iterator[str]:
    """Paths, and files by the end of their path, that are not there."""
    ends = {end for end in A_FILE.findall(text) if not any(f"/{path}".endswith(f"/{end}") for path in files())}
    yield from sorted({path for path in A_PATH.findall(text) if not is_path(path)} | ends)


def unknown_in(texts: dict[Path, str]) -> dict[str, list[str]]:
    unknown = {name_of(path): [*unknown_paths(text), *unknown_names(text)] for path, text in texts.items()}
    return {name: names for name, names in unknown.items() if names}


def test_documents_name_what_exists() -> None:
    assert unknown_in({document: source(document) for document in DOCUMENTS}) == {}


def test_tools_are_told_of_files_that_exist() -> None:
    assert {file: found for file in TOOLS if (found := list(unknown_paths(source(file))))} == {}


def test_comments_of_templates_and_static_files_name_what_exists() -> None:
    comments = {path: "\n".join(A_COMMENT.findall(source(path))) for path in COMMENTED if path.is_file()}
    assert unknown_in(comments) == {}


def test_the_picture_has_the_floors_that_are_checked() -> None:
    contracts = tomllib.loads(source(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    floors = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = re.findall(r'class="b"[^>]*>([a-z]+(?: · [a-z]+)*)</text>', source(ROOT / "docs" / "architecture.svg"))
    assert drawn == [floor.replace(" | ", " · ") for floor in floors]


def test_what_is_gone_is_noticed() -> None:
    paths = "portal/core/no_such.py `core/no_such` views/no_such.py `no_such.py`"
    assert list(unknown_paths(paths)) == ["core/no_such", "no_such.py", "portal/core/no_such.py", "views/no_such.py"]
    names = ["core.no_such", "core.db.NoSuch", "core.db.Database.no_such", "NoSuchThing", "no_such(key)", "db.no_such"]
    assert list(unknown_names(" ".join(f"`{name}`" for name in names))) == names
    here = "`core.db` `core.db.Database.run` `portal/core/` core/db.py `db.py` `Portal` `_()` /srv/portal/no_such"
    assert [*unknown_paths(here), *unknown_names(here)] == []


MARKDOWN = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as hosting platforms make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_links_lead_somewhere() -> None:
    for document in MARKDOWN:
        links = re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", document.read_text(encoding="utf-8"))
        for path, anchor in links:
            target = document.parent / path if path else document
            assert target.exists(), f"{document.name}: {path}"
            assert not anchor or anchor in anchors(target), f"{document.name}: {path}#{anchor}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    texts = (document.read_text(encoding="utf-8") for document in MARKDOWN)
    assert {name for text in texts for name in re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE)} <= targets


def test_the_version_is_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## [{version}]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
