"""A further use: everything shows it as what it is, and nothing takes it for oral.

Added as a developer would, by one entry of `USES`; in English, and in Chinese words.
"""

import ast
import datetime
import io
import re
import subprocess
from dataclasses import replace

import pytest

from lots import calendar
from lots.demo import baclofen, bench
from lots.models import Criterion, Lot, Specification
from lots.rules import uses
from lots.rules.quality_attributes import Attribute
from lots.rules.refusal import Refusal
from lots.rules.uses import Mark, Use
from lots.setup import specification_versions
from reports import pdf
from reports.content import certificate as content_of
from reports.issuing import certificates
from reports.pdf import head
from tests import messages
from tests.lots.imports import files
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications
from tests.reports import contents
from tests.reports.conftest import VALUES

EPIDURAL = Use(
    code="epidural",
    name="Epidural",
    said="epidural",
    products="epidural injections",
    headline="FOR THE MANUFACTURE OF EPIDURAL INJECTIONS",
    caution="Sterile. Not for any other product.",
    called=r"(?<![a-z])(epi|peri)dural(ly)?(?![a-z])|硬膜外",
    is_injectable=True,
    is_sterile=True,
    mark=Mark.NEEDLE,
    also_suitable_for=("oral",),
    needs=(Attribute.IDENTITY,),
)
IN_CHINESE = Use(
    code="epidural",
    name="硬膜外",
    said="硬膜外",
    products="硬膜外注射剂",
    headline="供生产硬膜外注射剂使用",
    caution="无菌。不得用于其他产品。",
    called=EPIDURAL.called,
    is_injectable=True,
    is_sterile=True,
    also_suitable_for=("oral",),
    needs=(Attribute.IDENTITY,),
)


@pytest.fixture(params=[EPIDURAL, IN_CHINESE], ids=["english", "chinese"])
def use(request, monkeypatch):
    """Add the use, as one more entry of the uses."""
    monkeypatch.setitem(uses.USES, "epidural", request.param)
    return request.param


@pytest.fixture
def plant(world, at, use):
    """Qualify the works for the use and approve a specification for it."""
    since = calendar.today(at) - datetime.timedelta(365)
    world.processes["epidural"] = "BP-09 epidural route, revision 1"
    baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=world.works,
        use="epidural",
        process=world.processes["epidural"],
        months=24,
        since=since,
    )
    baclofen.specify(
        world.cast,
        at=at,
        material=world.material,
        code="BAC-EP-MIN",
        use="epidural",
        purpose="minimum",
        grade="Minimum",
        compendium="",
        effective_on=calendar.today(at),
        criteria=specifications.rows_of("BAC-ORAL-MIN"),
    )
    template = Specification.objects.get(code="BAC-ORAL")
    names = [
        "kind", "low", "high", "choices", "wording", "portion", "rounding",
        "alert_low", "alert_high", "requirement", "every_lots", "every_months",
    ]  # fmt: skip
    drafted = specifications.draft(
        world,
        at,
        *(
            specification_versions.CriterionDraft(
                row.test, **{name: getattr(row, name) for name in names}
            )
            for row in Criterion.objects.filter(specification=template)
        ),
        code="BAC-EP",
        use="epidural",
        effective_on=since,
    )
    specifications.approve(world, at, drafted)
    yield world
    world.processes.pop("epidural")


@pytest.fixture
def lot(plant, at):
    cast = plant.cast
    lot = bench.log(cast, plant, at=at, number="BEP-26-001", use="epidural")
    bench.enter(lot, plant, VALUES["oral"], by=cast.lin, at=at)
    bench.review(cast, lot, at=at)
    bench.release(cast, lot, "BAC-EP", at=at)
    return lot


@pytest.fixture
def certificate(plant, lot, at):
    return certificates.issue(
        assessment=bench.assessment(lot, "BAC-EP"),
        by=plant.cast.chen,
        at=at,
        stated=bench.LABEL,
    )


def badge(use):
    return (
        f'<span class="use use-{use.mark} use-injectable" title="For the manufacture of'
        f' {use.products}">{use.name}</span>'
    )


def big(use):
    return badge(use).replace("use-injectable", "use-injectable use-big")


def test_pages_of_the_lot_show_the_use(plant, lot, certificate, use, client):
    cast = plant.cast
    assessment = bench.assessment(lot, "BAC-EP")
    test_order = lot.test_orders.get()
    pages = {
        f"/lots/{lot.pk}/": big(use),
        "/lots/": badge(use),
        "/lots/?use=epidural": badge(use),
        f"/lots/{lot.pk}/certificates/": badge(use),
        f"/test-orders/{test_order.pk}/": badge(use),
        f"/specifications/{assessment.specification_id}/": badge(use),
        f"/qualifications/{lot.qualification_id}/": badge(use),
        "/specifications/": badge(use),
        "/qualifications/": badge(use),
        f"/lots/{lot.pk}/record/": badge(use),
        "/certificates/": badge(use),
        "/certificates/?use=epidural": badge(use),
        f"/certificates/{certificate.pk}/": big(use),
        f"/materials/{plant.material.pk}/": "",
        "/dashboard/": "",
        "/": "",
    }
    reader = signed_in(cast.chen)
    for address, shown in pages.items():
        answer = reader.get(address)
        assert answer.status_code == 200, address
        assert shown in answer.content.decode(), address
    for address in ("/lots/?use=oral", "/certificates/?use=oral"):
        assert "BEP-26-001" not in words(reader.get(address))
    chips = words(reader.get(f"/lots/{lot.pk}/"))
    assert f"Released for {use.said} use" in chips
    trail = words(signed_in(cast.ines).get(f"/audit/?lot={lot.number}"))
    assert use.said in trail
    check = words(client.get(f"/check/{certificate.token}/"))
    assert f"{use.headline} {use.caution}" in check


def test_lists_in_files_say_the_use(plant, lot, certificate, use):
    reader = signed_in(plant.cast.chen)

    lots = reader.get("/lots/?use=epidural&format=csv")
    register = reader.get("/certificates/?use=epidural&format=csv")

    assert "BEP-26-001" in b"".join(lots).decode()
    assert use.name in b"".join(register).decode()


def test_steps_before_the_release_show_the_use(plant, use, at):
    cast = plant.cast
    lot = bench.log(cast, plant, at=at, number="BEP-26-002", use="epidural")
    bench.enter(lot, plant, VALUES["oral"], by=cast.lin, at=at)
    bench.review(cast, lot, at=at)
    assessment = bench.assessment(lot, "BAC-EP")
    reader = signed_in(cast.chen)

    release = reader.get(f"/assessments/{assessment.pk}/release/").content.decode()
    refuse = reader.get(f"/assessments/{assessment.pk}/refuse/").content.decode()
    issue = reader.get(f"/assessments/{assessment.pk}/issue/").content.decode()
    work = reader.get("/").content.decode()

    assert badge(use) in release
    assert use.headline in release
    assert badge(use) in refuse
    assert big(use) in issue
    assert badge(use) in work


def test_forms_offer_the_use_without_a_restart(world, use):
    """A choice is asked for each time: nothing keeps the uses of the start."""
    pages = {
        "/lots/log/": world.cast.lin,
        "/qualifications/draft/": world.cast.olga,
        f"/specifications/draft/?material={world.material.pk}": world.cast.olga,
        f"/materials/{world.material.pk}/alternative-uses/draft/": world.cast.olga,
    }
    for address, person in pages.items():
        page = signed_in(person).get(address).content.decode()
        assert f'<option value="epidural">{use.name}</option>' in page, address


def test_lot_of_the_use_is_imported(plant, use, at, tmp_path):
    on = calendar.today(at) - datetime.timedelta(6)
    file = tmp_path / "lots.csv"
    file.write_text(f"batch,made,water\nBEP-26-003,{on},0.2\n", encoding="utf-8")
    map_file = tmp_path / "map.toml"
    map_file.write_text(
        files.MAP.replace('"ZAG-API"', '"BAC"')
        .replace('use = "oral"', 'use = "epidural"')
        .replace("Carniola Actives d.o.o., Works 1", str(plant.works))
        .replace("ZP-1 invented process", plant.processes["epidural"])
        .replace('performed_by = "marek"', 'performed_by = "lin"')
        .replace('"2026-02-10"', f'"{calendar.today(at)}"')
        .replace('"2026-02-09"', f'"{calendar.today(at)}"')
        .replace('content = "CONTENT"\ntotal = "TOTAL"\n', "")
        .replace('water = ["", "0"]', 'water = [""]'),
        encoding="utf-8",
    )

    files.run(file, map_file)

    lot = Lot.objects.get(number="BEP-26-003")
    assert lot.use == "epidural"
    page = signed_in(plant.cast.chen).get(f"/lots/{lot.pk}/").content.decode()
    assert big(use) in page


def test_oral_lot_never_serves_the_further_use(plant, use):
    assert not uses.could_serve(made_for="oral", use_for="epidural")
    assert not uses.could_serve(made_for="intrathecal", use_for="epidural")
    assert uses.could_serve(made_for="epidural", use_for="oral")


def test_its_words_are_its_own_once_it_is_known(use, monkeypatch):
    """Without it, epidural is read as intrathecal: no oral lot is to claim it."""
    for text in ("for epidural use", "硬膜外给药"):
        assert [one.code for one in uses.named_in(text)] == ["epidural"]
        assert [one.code for one in uses.named_beyond("oral", text)] == ["epidural"]
        assert uses.named_beyond("epidural", text) == ()
    assert uses.named_beside("epidural", "Injection grade") == ()
    assert [one.code for one in uses.named_beside("oral", "Injection grade")] == [
        "intrathecal",
        "epidural",
    ]
    assert [one.code for one in uses.named_beside("epidural", "BAC-IT")] == [
        "intrathecal"
    ]
    monkeypatch.delitem(uses.USES, "epidural")
    for text in ("for epidural use", "硬膜外给药"):
        assert [one.code for one in uses.named_in(text)] == ["intrathecal"]


def test_certificate_of_another_use_cannot_speak_of_it(plant, use, at):
    with pytest.raises(Refusal, match=f"names {use.said} use"):
        bench.log(
            plant.cast, plant, at=at, number="BAC-26-009", packaging="For epidural use"
        )


# --- the certificate ----------------------------------------------------------------


def content(use):
    printed = content_of.Use(code=use.code, headline=use.headline, caution=use.caution)
    return contents.changed(contents.oral(), "use", printed)


def darkness(printed):
    """Return the share of dark pixels of the page's head, where the band is."""
    drawn = subprocess.run(
        ["pdftoppm", "-gray", "-r", "50", "-f", "1", "-l", "1", "-"],
        input=printed,
        capture_output=True,
        check=True,
    ).stdout
    stream = io.BytesIO(drawn)
    assert stream.readline() == b"P5\n"
    width, height = map(int, stream.readline().split())
    stream.readline()
    pixels = stream.read()[: width * height // 4]
    return sum(pixel < 110 for pixel in pixels) / len(pixels)


@pytest.mark.poppler
def test_band_of_an_injectable_use_is_dark_and_says_the_words(use):
    printed = pdf.render(content(use))
    text = subprocess.run(
        ["pdftotext", "-", "-"], input=printed, capture_output=True, check=True
    ).stdout.decode()

    oral, intrathecal = (
        darkness(pdf.render(make())) for make in (contents.oral, contents.intrathecal)
    )

    assert use.headline in text
    assert use.caution in text
    assert darkness(printed) > 2 * oral
    assert abs(darkness(printed) - intrathecal) < oral


@pytest.mark.poppler
def test_band_of_a_use_that_is_not_injected_is_light(monkeypatch):
    inhaled = Use(
        code="inhaled",
        name="Inhaled",
        said="inhaled",
        products="products to be inhaled",
        headline="FOR THE MANUFACTURE OF PRODUCTS TO BE INHALED ONLY",
        caution="Not for injectable products.",
        called=r"(?<![a-z])inhal",
        is_injectable=False,
        is_sterile=False,
    )
    monkeypatch.setitem(uses.USES, "inhaled", inhaled)

    printed = pdf.render(content(inhaled))

    assert darkness(printed) < 1.5 * darkness(pdf.render(contents.oral()))
    assert printed != pdf.render(contents.oral())


def test_issued_file_is_drawn_in_the_look_of_its_use(certificate, use):
    frozen = content_of.from_json(certificate.content)

    assert frozen.use == content_of.Use(
        code="epidural", headline=use.headline, caution=use.caution
    )
    assert bytes(certificate.pdf) == pdf.render(frozen)


def test_use_that_nobody_knows_is_not_drawn_as_another():
    unknown = contents.changed(contents.oral(), "use.code", "subdermal")

    with pytest.raises(Refusal, match="subdermal is not a use"):
        pdf.render(unknown)


# --- the code -----------------------------------------------------------------------


def test_every_mark_is_drawn_in_both_places():
    style = (messages.ROOT / "qatracker/static/qatracker.css").read_text("utf-8")

    assert set(head._MARKS) == set(Mark)
    assert [
        mark for mark in Mark if mark != Mark.RING and f".use-{mark} {{" not in style
    ] == []


def test_only_the_uses_name_a_use():
    """Product code, templates and style, demo apart: each asks the use itself."""
    allowed = {
        # What a use is called, and what is read as it.
        "lots/rules/uses.py",
    }
    named = {
        f"{message.path}:{message.line}"
        for message in _literals()
        if message.path not in allowed
    }

    assert named == set()


def _literals():
    """Yield every literal of the product that is exactly a use, or its style."""
    for folder in ("lots", "reports", "qatracker"):
        for path in sorted((messages.ROOT / folder).rglob("*.py")):
            if {"demo", "migrations"} & set(path.parts) or path.name == "load_demo.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in uses.USES:
                    yield messages.Message(
                        path.relative_to(messages.ROOT).as_posix(),
                        node.lineno,
                        node.value,
                    )
    for path in (
        *sorted((messages.ROOT / "templates").rglob("*.html")),
        *sorted((messages.ROOT / "qatracker/static").glob("*.css")),
        *sorted((messages.ROOT / "qatracker/static").glob("*.js")),
    ):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(r"[\"'](oral|intrathecal)[\"']|use-(oral|intrathecal)", line):
                yield messages.Message(
                    path.relative_to(messages.ROOT).as_posix(), number, line
                )


def test_use_without_a_minimum_is_named_as_people_say_it(world, at, use):
    with pytest.raises(Refusal, match=f"minimum specification for {use.said} use"):
        specifications.approve(
            world, at, specifications.draft(world, at, code="BAC-EP", use="epidural")
        )


def test_injectable_use_says_what_a_release_for_it_needs():
    """Else a minimum specification of any one test would do."""
    with pytest.raises(ValueError, match="say what an injectable use needs"):
        replace(EPIDURAL, needs=())
