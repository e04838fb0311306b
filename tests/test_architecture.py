"""The structure that the code keeps, read from the code itself.

Imports point one way, records are written in one kind of place, decisions know no
float, templates hold no behaviour. Every exemption is written here with its reason,
and one that is needed no longer fails as well.
"""

import ast
import fnmatch
import functools
import re
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from lots.models import MarkKind
from lots.rules.roles import Deed, IssuerRole, Role
from lots.rules.states import (
    Approval,
    AssessmentState,
    AttemptStage,
    LineOutcome,
    LotState,
    Stage,
    Validity,
)
from lots.rules.step_table import STEPS, Meaning
from lots.rules.stored_codes import Tone
from lots.workflow import tasks
from reports.models import State
from reports.status.certificate_status import CertificateStatus

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("lots", "reports", "qatracker")


# --- what there is ------------------------------------------------------------------


def _name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def modules():
    """Return the product's modules, migrations apart, by dotted name."""
    return {
        _name(path): path
        for package in PRODUCT
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    }


@functools.cache
def tree(name):
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


@functools.cache
def imported(name):
    """Return every module that this one imports anywhere, also inside functions."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules() else node.module)
    return found - {name}


def own(name):
    return {one for one in imported(name) if one in modules()}


def within(name, *packages):
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def templates():
    return sorted((ROOT / "templates").rglob("*.html"))


# --- imports point one way ----------------------------------------------------------

# One row a folder, from first to last: a module knows what stands above it, and its own
# row. What is in one row imports each other without a circle, which is tested too.
FOLDERS = (
    ("lots.rules",),
    ("lots.statistics", "lots.pictures"),
    ("lots.calendar", "lots.middleware", "lots.wording"),
    ("lots.models",),
    ("lots.evidence",),
    ("lots.history",),
    ("lots.accounts",),
    ("lots.setup",),
    ("lots.evaluation",),
    ("lots.origin",),
    ("lots.workflow",),
    ("lots.investigations", "lots.release", "lots.consistency"),
    ("lots.intake", "lots.results"),
    ("lots.imports",),
    ("lots.forms", "lots.tables", "lots.navigation"),
    ("lots.context_processors", "lots.templatetags"),
    ("lots.views", "lots.urls", "lots.apps"),
    ("lots.demo",),
    ("lots.management",),
    ("reports.content", "reports.charts"),
    ("reports.pdf", "reports.models"),
    ("reports.status",),
    ("reports.composition",),
    ("reports.issuing",),
    ("reports.dashboard", "reports.trends"),
    (
        "reports.forms",
        "reports.filters",
        "reports.dashboard_filter",
        "reports.trend_filter",
        "reports.tables",
        "reports.site_search",
        "reports.templatetags",
        "reports.context_processors",
    ),
    ("reports.views", "reports.urls", "reports.receivers", "reports.apps"),
    ("reports.demo",),
    ("reports.management",),
    ("qatracker",),
)
PACKAGES = {"lots", "reports"}


def layer(name):
    """Return the row of the module's folder, counted from the top."""
    return next(
        (place for place, row in enumerate(FOLDERS) if within(name, *row)), None
    )


@pytest.mark.parametrize("name", sorted(set(modules()) - PACKAGES))
def test_module_has_a_folder_and_imports_only_what_stands_above(name):
    place = layer(name)

    assert place is not None, f"{name} is in no row; give its folder one in FOLDERS"
    assert {one for one in own(name) - PACKAGES if layer(one) > place} == set()


def test_every_row_names_folders_that_exist():
    assert {
        folder
        for row in FOLDERS
        for folder in row
        if not any(within(name, folder) for name in modules())
    } == set()


def test_imports_make_no_circle():
    """Also inside functions, where Python itself would not notice."""
    done = set()

    def visit(name, path):
        assert name not in path, " → ".join((*path, name))
        if name not in done:
            for other in sorted(own(name)):
                visit(other, (*path, name))
            done.add(name)

    for name in modules():
        visit(name, ())

    assert done == set(modules())


def test_lots_never_imports_reports():
    assert {
        name: bad
        for name in modules()
        if within(name, "lots")
        and (bad := {one for one in imported(name) if within(one, "reports")})
    } == {}


def test_lots_follows_no_relation_into_reports():
    names = {
        relation.get_accessor_name()
        for model in apps.get_app_config("lots").get_models()
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label == "reports"
        and relation.get_accessor_name()
    }
    # A column of the read model has the name of a relation of the lot.
    allowed = {
        "lots.models.lot_status",
        "lots.workflow.lot_status",
        "lots.tables.filters",
        "lots.tables.lot_search",
        "lots.tables.lots",
        "lots.views.lot_tabs",
    }

    assert names
    assert {
        (name, node.attr)
        for name in modules()
        if within(name, "lots") and name not in allowed
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in names
    } == set()


def test_rules_know_the_standard_library_alone():
    assert {
        (name, one)
        for name in modules()
        if within(name, "lots.rules")
        for one in imported(name)
        if not within(one, "lots.rules")
        and one.partition(".")[0] not in sys.stdlib_module_names
    } == set()


def test_statistics_know_numpy_and_the_special_functions_alone():
    """`scipy.stats` takes 0.8 s to import, and its tails are scipy.special's."""
    assert {
        (name, one)
        for name in modules()
        if within(name, "lots.statistics")
        for one in imported(name)
        if not within(one, "lots.statistics", "lots.rules", "numpy", "scipy.special")
        and one.partition(".")[0] not in sys.stdlib_module_names
    } == set()


def test_content_of_a_certificate_is_pure():
    assert {
        (name, one)
        for name in modules()
        if within(name, "reports.content")
        for one in imported(name)
        if not within(
            one, "reports.content", "lots.rules.refusal", "lots.rules.formats"
        )
        and one.partition(".")[0] not in sys.stdlib_module_names
    } == set()


def users_of(*libraries):
    return {
        name
        for name in modules()
        if any(one.partition(".")[0] in libraries for one in imported(name))
    }


@pytest.mark.parametrize(
    ("libraries", "home"),
    [
        (("reportlab", "segno"), "reports.pdf"),
        (("openpyxl", "defusedxml"), "lots.imports"),
        (("numpy", "scipy"), "lots.statistics"),
    ],
    ids=["printing", "worksheets", "statistics"],
)
def test_library_stays_in_its_place(libraries, home):
    assert {name for name in users_of(*libraries) if not within(name, home)} == set()


def test_printing_knows_no_django():
    assert {name for name in users_of("django") if within(name, "reports.pdf")} == set()


def test_nothing_but_commands_and_the_demo_itself_imports_the_demo():
    demos = ("lots.demo", "reports.demo")

    assert {
        name
        for name in modules()
        if not within(name, *demos) and any(within(one, *demos) for one in own(name))
    } == {"reports.management.commands.load_demo"}


# --- records are written in one kind of place ---------------------------------------

WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
    "acreate",
    "asave",
    "aupdate",
    "adelete",
}
# Calls of these names that are no `act.create`, each with its reason.
EXEMPT = {
    ("lots.evidence.audit", "record.save"): "the act: the one place that writes",
    (
        "lots.evidence.audit",
        "type(records[0])._default_manager.bulk_create",
    ): "the act",
    ("lots.evidence.audit", "record.delete"): "the act: a row of a draft",
    ("lots.evidence.audit", "AuditEntry.objects.bulk_create"): "the act's entries",
    ("lots.models.lot_status", "self.filter(**of).update"): "a read model",
    (
        "lots.workflow.lot_status",
        "LotStatus.objects.filter(pk=lot.pk).update",
    ): "a read model",
    ("lots.workflow.lot_status", "LotStatus.objects.bulk_create"): "a read model",
    ("lots.workflow.release_days", "ReleaseDays.objects.bulk_create"): "a read model",
    (
        "lots.workflow.release_days",
        "ReleaseDays.objects.filter(lot=lot).delete",
    ): "a read model",
    (
        "lots.workflow.release_days",
        "affected.exclude(lot__status__stage=Stage.TO_RELEASE).delete",
    ): "a read model",
    (
        "lots.workflow.lot_status_rebuild",
        "apps.get_model('lots', 'LotStatus').objects.update",
    ): "a read model",
    (
        "lots.accounts.preferences",
        "Preferences.objects.update_or_create",
    ): "how pages look: no record",
    ("lots.evaluation.completion", "needed.update"): "a set",
    ("lots.evidence.backup", "digest.update"): "a digest of a file",
    ("reports.views.check", "self._digest.update"): "a digest of a file",
    ("reports.views.check", "cache.delete"): "a place of a reader",
    ("reports.pdf.draw", "canvas.save"): "closes the file that is drawn",
    ("reports.pdf.sheet", "canvas.save"): "closes the file that is drawn",
}


def written(name):
    """Return what the module calls that could write a record."""
    return {
        ast.unparse(node.func)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
    }


def has_an_act(name):
    """Say whether the module opens acts, or is called inside one."""
    return name in verbs() or any(
        isinstance(node, ast.arg) and node.arg == "act" for node in ast.walk(tree(name))
    )


@functools.cache
def verbs():
    """Return the modules whose functions open an act: they alone change records."""
    return {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "audit.act"
    }


def test_records_are_written_by_acts_alone():
    assert {
        (name, call)
        for name in modules()
        for call in written(name)
        if call != "act.create" or not has_an_act(name)
    } == set(EXEMPT)


# Where verbs live. A page, a form or a rule that opens an act is in the wrong folder.
OPENING = (
    "lots.evidence",
    "lots.accounts",
    "lots.setup",
    "lots.investigations",
    "lots.release",
    "lots.consistency",
    "lots.intake",
    "lots.results",
    "lots.imports",
    "reports.issuing",
    # The demo's people do the day's work of a bench in one act.
    "lots.demo.bench",
)


def test_only_verbs_open_acts():
    """Whatever changes a record changes it in one of these folders."""
    assert {name for name in verbs() if not within(name, *OPENING)} == set()
    assert {
        folder for folder in OPENING if not any(within(one, folder) for one in verbs())
    } == set()


# Who speaks to the database itself, and why.
DIRECT = {
    "lots.accounts.permissions": "asks eight tables at once who wrote of a lot",
    "lots.evidence.append_only": "the triggers, of which the database alone knows",
    "lots.evidence.audit": "the advisory lock of the chain",
    "lots.evidence.verification": "reads everything as of one moment",
    "lots.evidence.database_dump": "the dump of the whole database and its way back",
    "lots.origin.questions": "walks down every generation in one recursive query",
    "lots.tables.lot_search": "counts the hits of a text search in its own index",
}


def test_only_these_speak_to_the_database_directly():
    assert {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr == "cursor"
    } == set(DIRECT)


def test_verbs_take_who_and_when_by_name():
    """`by` and `at` are never swapped, and no verb reads the clock itself."""
    loose = {
        (name, node.name)
        for name in verbs()
        for node in tree(name).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and {one.arg for one in node.args.args} & {"by", "at"}
    }
    clocks = {
        name
        for name in verbs()
        if "timezone.now" in modules()[name].read_text(encoding="utf-8")
    }

    assert (loose, clocks) == (set(), set())


# --- no float decides ---------------------------------------------------------------

# Folders in which a number decides, or is signed or printed as it was decided.
DECIDING = (
    "lots.rules",
    "lots.accounts",
    "lots.setup",
    "lots.evaluation",
    "lots.origin",
    "lots.workflow",
    "lots.investigations",
    "lots.release",
    "lots.intake",
    "lots.results",
    "lots.imports",
    "reports.content",
    "reports.composition",
    "reports.status",
    "reports.issuing",
)


def test_no_float_in_what_decides():
    assert {
        (name, node.lineno)
        for name in modules()
        if within(name, *DECIDING)
        for node in ast.walk(tree(name))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    } == set()


def test_nothing_evaluates_text_as_code():
    assert {
        (name, node.func.id)
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile", "__import__")
    } == set()


# --- names and sizes ----------------------------------------------------------------


def test_no_module_is_a_drawer_for_the_rest():
    drawers = {
        "utils", "helpers", "common", "services", "constants", "exceptions", "misc",
    }  # fmt: skip

    assert {
        path.name
        for path in ROOT.rglob("*.py")
        if ".venv" not in path.parts and path.stem in drawers
    } == set()


@pytest.mark.parametrize("name", sorted(modules()))
def test_module_opens_with_its_subject(name):
    if not modules()[name].read_text(encoding="utf-8").strip():
        return

    said = ast.get_docstring(tree(name))

    assert said, f"{name} does not say what it is about"
    assert said.partition("\n")[0].endswith(".")
    # Who imports what is read from the code, here; written down it is soon wrong.
    assert (
        re.findall(r"\bimports? (?:it|them)\b|\bImports [a-z`]|\bImported by", said)
        == []
    )


def test_top_level_holds_what_the_picture_shows():
    ignored = [
        line.strip("/")
        for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]

    assert {
        path.name
        for path in ROOT.iterdir()
        if path.name != ".git"
        and not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    } == {
        ".ci", ".gitattributes", ".gitignore", ".pre-commit-config.yaml",
        "CHANGELOG.md", "LICENSE", "Makefile", "README.md",
        "docs", "lots", "manage.py", "pyproject.toml", "qatracker", "reports",
        "requirements.txt", "templates", "tests",
    }  # fmt: skip


def test_nothing_is_left_to_do_later():
    later = re.compile(
        r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b|NotImplemented" + "Error"
    )
    files = [
        *modules().values(),
        *templates(),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "docs").rglob("*.md"),
    ]

    assert [
        path.relative_to(ROOT).as_posix()
        for path in files
        if later.search(path.read_text(encoding="utf-8"))
    ] == []


# --- records point at each other safely ---------------------------------------------


def records():
    return [
        model
        for label in ("lots", "reports")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]


def test_no_record_goes_with_another():
    """Every foreign key protects what it points at (assurance.md T-48)."""
    relations = [
        (model.__name__, field.name, field.remote_field.on_delete)
        for model in records()
        for field in model._meta.concrete_fields
        if field.is_relation
    ]

    assert relations
    assert [one for one in relations if one[2] is not models.PROTECT] == []


def test_no_record_is_pointed_at_by_a_framework_that_cascades():
    cascading = {
        (relation.related_model._meta.label, relation.on_delete)
        for model in records()
        for relation in model._meta.related_objects
        if relation.related_model not in records()
    }

    assert {one for one in cascading if one[1] is not models.PROTECT} == set()


def test_there_is_no_admin():
    assert not apps.is_installed("django.contrib.admin")
    assert {
        name
        for name in modules()
        if any(within(one, "django.contrib.admin") for one in imported(name))
    } == set()


# --- templates hold no behaviour ----------------------------------------------------

INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"{%(.*?)%}")
STATES = {*LotState, *AssessmentState, *LineOutcome, *State}


@pytest.mark.parametrize(
    "path",
    templates(),
    ids=lambda path: path.relative_to(ROOT / "templates").as_posix(),
)
def test_template_says_its_context_and_holds_no_behaviour(path):
    text = path.read_text(encoding="utf-8")

    assert text.startswith(("{#", "{% comment %}")), (
        "open with a comment of the context"
    )
    assert INLINE.findall(text) == []
    assert [
        script
        for script in SCRIPT.findall(text)
        if "src=" not in script[0] or script[1].strip()
    ] == []
    assert "|safe" not in text
    assert "autoescape off" not in text


def test_no_template_compares_states():
    """The view says what is open; a template shows it (style.md 2, templates)."""
    compared = re.compile(r"""(?:==|!=|\bin\b)\s*["']([a-z_]+)["']""")

    assert {
        (path.name, word)
        for path in templates()
        for tag in TAG.findall(path.read_text(encoding="utf-8"))
        for word in compared.findall(tag)
        if word in STATES
    } == set()


def test_nothing_marks_text_as_safe_markup():
    assert {
        (name, node.id if isinstance(node, ast.Name) else node.attr)
        for name in modules()
        for node in ast.walk(tree(name))
        if (isinstance(node, ast.Name) and node.id in ("mark_safe", "SafeString"))
        or (isinstance(node, ast.Attribute) and node.attr == "mark_safe")
    } == set()


# --- a state is a member of its enum, never a text ------------------------------------

# The codes of records and evaluations. (Words of people are beside them in the enums.)
CODES = {
    str(code)
    for codes in (
        LotState,
        AssessmentState,
        Approval,
        Validity,
        AttemptStage,
        LineOutcome,
        Stage,
        Tone,
        Role,
        IssuerRole,
        Deed,
        Meaning,
        MarkKind,
        State,
        CertificateStatus,
    )
    for code in codes
    # A record is called so, too.
    if code != Stage.INVESTIGATION
}
# The same letters with another meaning, by module.
OTHER_MEANINGS = {
    "lots.accounts.users": ({"current"}, "a field of the form"),
    "lots.evaluation.outcome": (
        {"invalidated", "missing", "unconfirmed"},
        "codes of refusals",
    ),
    "lots.evaluation.signed_text": (
        {"alert", "manufacturer"},
        "keys of the signed text",
    ),
    "lots.history.sentences.clauses": ({"superseded"}, "a state as an entry keeps it"),
    "lots.history.sentences.setup": ({"superseded"}, "a state as an entry keeps it"),
    "lots.imports.rows": ({"manufacturer"}, "a value of a refusal"),
    "lots.models.lot_status": ({"missing"}, "a column"),
    "lots.origin.parent_lots": ({"suspended"}, "the code of a refusal"),
    "lots.setup.qualifications": ({"suspended"}, "a key of the signed text"),
    "lots.rules.chain": ({"altered", "missing"}, "what is wrong with an entry"),
    "lots.rules.reportable_value": ({"entered"}, "a name of the module"),
    "lots.rules.repeated": ({"missing", "unconfirmed"}, "codes of refusals"),
    "lots.tables.filters": (
        {"on_hold", "oos", "open", "released", "submitted"},
        "filters",
    ),
    "lots.views.accounts": ({"current"}, "a field of the form"),
    "lots.views.imports": ({"refused"}, "a name in a template"),
    "lots.views.lot_page": ({"missing", "unconfirmed"}, "codes of refusals"),
    "lots.views.lot_steps": (
        {"missing", "returned", "to_review", "to_submit"},
        "counts of the lot's status",
    ),
    "lots.views.materials": ({"current"}, "an attribute"),
    "lots.views.release_checklist": (
        {"invalidated", "missing", "unconfirmed", "undecided"},
        "codes of refusals",
    ),
    "lots.views.results": ({"to_submit"}, "a name in a template"),
    "lots.views.review": ({"replaced"}, "a name in a template"),
    "lots.workflow.lot_status": (
        {"missing", "returned", "to_release", "to_review", "to_submit"},
        "columns",
    ),
    "lots.workflow.tasks": (set(tasks.TASKS) & CODES, "the codes of tasks"),
    "lots.setup.printed_identity": ({"manufacturer"}, "a key of the signed text"),
    "reports.dashboard.attention": ({"oos"}, "why a test needs attention"),
    "reports.trends.attention": ({"oos"}, "why a test needs attention"),
    "reports.dashboard.board": (
        {"issued", "oos", "open", "released", "submitted"},
        "filters",
    ),
    "reports.dashboard.drawings": ({"oos", "released", "submitted"}, "filters"),
    "reports.dashboard.tiles": ({"oos", "open", "released", "submitted"}, "filters"),
    "reports.dashboard.next_acts": (
        set(tasks.TASKS) & CODES - {"investigation"} | {"missing"},
        "the codes of tasks, and a column of the status",
    ),
    "reports.composition.certificate_content": (
        {"manufacturer", "open"},
        "a key of the signed text, and printed",
    ),
    "reports.content.certificate": (set(IssuerRole), "the content's own format"),
    "reports.content.completeness": (
        {"manufacturer", "missing"},
        "the content's own format",
    ),
    "reports.issuing.identity": (
        {"manufacturer"},
        "a key of the signed text, a part of the content",
    ),
    "reports.issuing.remedies": ({"manufacturer"}, "a place in the content"),
    "reports.pdf.head": (set(IssuerRole), "the content's own format"),
    "reports.views.record": ({"manufacturer"}, "a key of the signed text"),
}
TRANSLATING = ("_", "gettext", "gettext_lazy", "gettext_noop")


@functools.cache
def refusals():
    """Return the names of the classes of refusals, of every module."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for name in modules()
        for node in tree(name).body
        if isinstance(node, ast.ClassDef)
    }
    found = {"Refusal"}
    while more := {name for name in bases if bases[name] & found} - found:
        found |= more
    return found


def _spoken(name):
    """Yield the texts of a module that are no codes of states where they stand.

    The members of an enum; the code of a refusal, which is its first argument; a text
    to be translated; the name of an annotation.
    """
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).rpartition(".")[2]
            in ("Coded", "Said", "StrEnum", "TextChoices", "State")
            for base in node.bases
        ):
            yield from ast.walk(node)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in TRANSLATING or called in refusals():
                yield from node.args[:1]


def literals(name):
    """Return the codes of states that the module spells out.

    Steps have codes too; one that is also a state is a step where it stands alone, and
    a state where it is compared or passed by name.
    """
    spoken = set(map(id, _spoken(name)))
    asked = {
        id(inner)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Compare | ast.keyword | ast.match_case)
        for inner in _plain(node)
    }
    return {
        node.value
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Constant)
        and node.value in CODES
        and id(node) not in spoken
        and (node.value not in STEPS or id(node) in asked)
    }


def _plain(node):
    """Yield the texts that stand in a comparison or after a name, alone or listed."""
    if isinstance(node, ast.Compare):
        waiting = [node.left, *node.comparators]
    else:
        waiting = [node.value if isinstance(node, ast.keyword) else node.pattern]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, ast.Tuple | ast.List | ast.Set):
            waiting += one.elts
        elif isinstance(one, ast.MatchValue):
            waiting.append(one.value)
        elif isinstance(one, ast.MatchOr):
            waiting += one.patterns


def test_no_state_stage_outcome_or_role_is_spelled_out():
    """A text that is misspelled is never equal; a member that is, is no attribute."""
    assert {name: found for name in modules() if (found := literals(name))} == {
        name: set(codes) for name, (codes, _why) in OTHER_MEANINGS.items()
    }


def test_a_state_that_is_spelled_out_is_found(monkeypatch):
    source = """
if lot.state == "void" or attempt.stage in ("submitted", "unconfirmed"):
    rows.filter(state="released", title=_("complete"))
match outcome:
    case "fail" | "undecided":
        raise NotAllowed("reviewed", "The lot is void.")
STEPS["void"], {"qa": 1}
"""
    parsed = ast.parse(source)
    # Asked of the real modules, before their trees give way to this one.
    assert "NotAllowed" in refusals()
    monkeypatch.setitem(globals(), "tree", lambda name: parsed)

    assert literals("") == {
        "void",
        "submitted",
        "unconfirmed",
        "released",
        "fail",
        "undecided",
        "qa",
    }


# --- refusals speak to the reader ---------------------------------------------------


def names_of_the_acting_person(parsed):
    """Return what a refusal is filled with that is the name of who reads it."""
    return {
        ast.unparse(keyword.value)
        for node in ast.walk(parsed)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in refusals()
        for keyword in node.keywords
        if re.fullmatch(
            r"((act|self|this)\.)?by\.\w*name|request\.user\.\w*name",
            ast.unparse(keyword.value),
        )
    }


def test_refusal_says_you_to_the_person_that_it_refuses():
    assert {
        name: found
        for name in modules()
        if (found := names_of_the_acting_person(tree(name)))
    } == {}


def test_refusal_that_names_its_reader_is_found():
    source = """
raise step_table.NotAllowed("x", "%(name)s cannot.", name=act.by.printed_name)
raise Refusal("x", "%(name)s cannot.", name=by.username, other=person.printed_name)
"""

    assert names_of_the_acting_person(ast.parse(source)) == {
        "act.by.printed_name",
        "by.username",
    }


# --- tests --------------------------------------------------------------------------


def test_no_test_is_skipped_or_expected_to_fail_or_mocks_our_code():
    words = ("skip", "skipif", "xfail", "importorskip")

    def bad(path):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in words:
                yield path.name, ast.unparse(node)
            if isinstance(node, ast.ImportFrom) and node.module == "unittest.mock":
                yield path.name, node.module

    assert [
        found for path in (ROOT / "tests").rglob("*.py") for found in bad(path)
    ] == []


def test_no_test_module_imports_another():
    """What tests share stands in builders, which hold no test."""
    assert {
        (path.relative_to(ROOT).as_posix(), ast.unparse(node))
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("tests")
        and (
            node.module.rpartition(".")[2].startswith("test_")
            or any(alias.name.startswith("test_") for alias in node.names)
        )
    } == set()
