"""The documentation says what the program does: steps, commands, variables, links."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from lots import navigation
from lots.models import Approval, AssessmentState, LotState, Role
from lots.rules.step_table import STEPS
from reports.status.certificate_status import CertificateStatus

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SAID = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
COMMANDS = sorted(
    path.stem
    for app in ("lots", "reports")
    for path in (ROOT / app / "management" / "commands").glob("[a-z]*.py")
)


def _words(codes, joint):
    return joint.join(code.word.lower() for code in codes) or "–"


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_workflow_has_the_row_of_every_step(step):
    roles = ", ".join(
        role.word if role == Role.QA else role.word.lower() for role in step.roles
    )
    signed = step.meaning or "–"
    row = " | ".join(
        (
            step.name,
            roles,
            _words(step.lot_states, " or "),
            _words(step.assessment_states, " or "),
            _words(step.independent_of, ", "),
            signed,
            "yes" if step.reason else "–",
            _words([step.leads_to] if step.leads_to else [], ""),
        )
    )

    workflow = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")

    assert f"| {row} |" in workflow


def test_workflow_has_no_row_of_a_step_that_is_gone():
    workflow = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    table = workflow.partition("| step |")[2].partition("\n\n")[0]
    names = re.findall(r"^\| ([A-Z][^|]*?) \|", table, re.MULTILINE)

    assert names == [step.name for step in STEPS.values()]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented(command):
    assert command in SAID


def test_every_variable_of_the_environment_is_documented():
    settings = (ROOT / "qatracker" / "settings.py").read_text(encoding="utf-8")
    variables = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))

    assert variables
    assert {name for name in variables if name not in SAID} == set()


@pytest.mark.parametrize("role", list(Role))
def test_role_has_its_guide(role):
    assert (ROOT / "docs" / f"guide-{role}.md").is_file()


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_links_and_pictures_resolve(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))

    broken = [
        link
        for link in links
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decision_says_when_why_and_what_else_was_considered(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    sections = [line for line in lines if line.startswith("## ")]
    number = int(page.name[:4])

    assert lines[0].startswith(f"# {number}. ")
    assert re.match(r"Date: \d{4}-\d\d-\d\d\b", lines[2])
    assert re.search(r"Status: (accepted|replaced by)", "\n".join(lines[2:5]))
    assert sections in (
        ["## Context", "## Decision", "## Alternatives considered"],
        ["## Context", "## Decision", "## Alternatives considered", "## Consequences"],
    )


def test_decisions_are_numbered_without_a_gap_and_listed_with_title_and_date():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = []
    for page in DECISIONS:
        lines = page.read_text(encoding="utf-8").splitlines()
        number, _, title = lines[0].removeprefix("# ").partition(". ")
        rows.append(f"| {number} | [{title}]({page.name}) | {lines[2][6:16]} |")

    assert [int(page.name[:4]) for page in DECISIONS] == [
        place for place, _page in enumerate(DECISIONS, start=1)
    ]
    assert re.findall(r"^\| \d+ \|.*$", index, re.MULTILINE) == rows


def test_changelog_has_dated_versions_newest_first_and_the_first_in_25_lines():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    headings = [
        re.fullmatch(r"(\d+)\.(\d+)\.(\d+) – (\d{4}-\d\d-\d\d)", part.split("\n")[0])
        for part in parts
        if not part.startswith("Unreleased\n")
    ]

    assert None not in headings
    numbers = [tuple(map(int, heading.groups()[:3])) for heading in headings]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [heading[4] for heading in headings]
    assert dates == sorted(dates, reverse=True)
    assert numbers[-1] == (0, 1, 0)
    assert len(parts[-1].strip().splitlines()) <= 25 + 2  # with heading and blank line


ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")


def _folders():
    """Return the rows of folders that the architecture's test keeps."""
    test = (ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8")
    return next(
        ast.literal_eval(node.value)
        for node in ast.parse(test).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FOLDERS"
    )


# What is named in full, or from within one of these.
WITHIN = (ROOT, ROOT / "lots", ROOT / "reports", ROOT / "qatracker")


def test_every_path_in_the_map_exists():
    """A place in angle brackets is one that a change makes."""
    named = re.findall(r"`([\w./-]+(?:/|\.(?:py|js|css|md)))`", ARCHITECTURE)

    assert len(named) > 60
    assert [
        path for path in named if not any((folder / path).exists() for folder in WITHIN)
    ] == []


@pytest.mark.parametrize("package", ["lots", "reports"])
def test_map_has_the_rows_of_folders_in_the_order_of_imports(package):
    """Those of the architecture's test, which holds every module in one of them."""
    table = ARCHITECTURE.partition(f"| `{package}/` |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    rows = [re.findall(r"`([a-z_]+)(?:/|\.py)`", cell) for cell in cells]
    known = [
        {f"{package}.{name}" for name in row if name not in ("migrations", "fonts")}
        for row in rows
    ]

    assert known == [set(row) for row in _folders() if row[0].startswith(f"{package}.")]


def test_map_fits_on_a_page_and_is_in_the_index():
    assert len(ARCHITECTURE.splitlines()) <= 100
    assert "(architecture.md)" in (DOCS / "README.md").read_text(encoding="utf-8")


ENTRY = re.compile(
    r"- \*\*(?P<word>[^*]+)\*\*"
    r"(?: \((?P<chinese>[\u4e00-\u9fff]+)\)"
    r"| \((?:(?P<term>[\u4e00-\u9fff]+); )?was \*(?P<was>[^*]+)\*\))?"
    r": (?P<sentence>.+\.)"
)


def _glossary():
    """Return each line of the glossary as a match of ENTRY, None where it is none."""
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    return [ENTRY.fullmatch(line) for line in lines if line.startswith("- ")]


def test_glossary_has_one_line_a_word_in_the_order_of_the_alphabet():
    entries = _glossary()

    assert None not in entries
    words = [entry["word"].casefold() for entry in entries]
    assert words == sorted(set(words))


@pytest.mark.parametrize(
    "word",
    [
        *(
            code.word
            for codes in (LotState, AssessmentState, Approval, Role, CertificateStatus)
            for code in codes
        ),
        *(step.name for step in STEPS.values()),
    ],
)
def test_state_role_or_step_is_in_the_glossary(word):
    known = {
        name.casefold()
        for entry in _glossary()
        for names in (entry["word"], entry["was"] or "")
        for name in names.split(", ")
    }

    assert word.casefold() in known


def _joined(path):
    """Return the text of a source file, literals that stand side by side made one."""
    return re.sub(r"\"\s+f?\"", "", path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts():
    """Return every text that a page of the product can show, white space made one."""
    sources = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "lots").rglob("*.py"),
        *(ROOT / "reports").rglob("*.py"),
    ]
    return " ".join(" ".join(_joined(path).split()) for path in sources)


ITALICS = re.compile(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)")


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_way_in_a_guide_begins_at_a_place_of_the_site(page):
    """In the side bar, among the pages of the set-up, or beside the reader's name."""
    anybody = SimpleNamespace(is_authenticated=True, is_a=lambda *roles: True)
    groups = navigation.navigation(anybody)
    places = {place.label for group in groups for place in group.places}
    places |= {place.label for place in navigation.setup_navigation("")} | {"Account"}
    text = " ".join(page.read_text(encoding="utf-8").split())

    ways = re.findall(r"\*([^*→]+)\*(?: → [^→.]*)+", text)

    assert set(ways) <= places
    assert [word for word in ITALICS.findall(text) if "→" in word] == []


@pytest.mark.parametrize("role", list(Role))
def test_guide_uses_the_words_of_the_pages(role, texts):
    guide = (ROOT / "docs" / f"guide-{role}.md").read_text(encoding="utf-8")
    words = {" ".join(found.split()) for found in ITALICS.findall(guide)} - {"italics"}

    assert words
    assert {word for word in words if not _is_said(word, texts)} == set()


def _is_said(word, texts):
    """Return whether a text of a page begins so; a number stands for a count."""
    counted = re.sub(r"\d+", r"(?:%\\(\\w+\\)s|{{ \\w+ }})", re.escape(word))
    return re.search(f'(?:[">]|%}})\\s?{counted}', texts) is not None


@pytest.mark.parametrize("page", ["README.md", "docs/guide-administrator.md"])
def test_every_guide_is_led_to(page):
    text = (ROOT / page).read_text(encoding="utf-8")

    assert {
        role
        for role in list(Role)
        if f"guide-{role}.md" not in text and not page.endswith(f"guide-{role}.md")
    } == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_its_exit_codes_in_the_table(command):
    install = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")

    (row,) = re.findall(rf"^\| `{command}\b.*$", install, re.MULTILINE)
    assert re.search(r"\| 0 [^|]+; 1 [^|]+ \|$", row)


def test_service_that_may_write_nowhere_has_a_place_for_temporary_files():
    """Without one neither the server starts nor a large file can be taken."""
    install = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    services = re.findall(r"\n    \[Service\]\n(?:    \S.*\n)+", install)

    assert len(services) == 2
    assert [
        service
        for service in services
        if "ProtectSystem=strict" in service and "PrivateTmp=true" not in service
    ] == []
