"""Every format ever written is read: signed texts, certificates and backups.

A number that is raised without a reader or without a stored sample fails here. How the
samples were made: lots/evidence/golden/samples.md.
"""

import ast
import itertools
import json
import re
import zipfile

import pytest

from lots.accounts import people
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, backup, signatures
from lots.evidence.documents import Upload
from lots.imports import map_approval
from lots.models import Investigation, Result, Signature
from lots.results import result_entry
from lots.rules import chain
from lots.rules.formats import Format, UnknownFormat
from reports import pdf
from reports.content import certificate as content_of
from reports.content.completeness import missing
from reports.content.differences import differences
from reports.issuing import recomputation
from reports.models import Certificate
from reports.status import verification
from tests import formats, messages
from tests.lots.accounts import members
from tests.lots.imports import files
from tests.reports import contents

SAMPLES = formats.samples()
SIGNED = sorted(set(formats.declared()) - {"certificate", "backup"})


def test_there_are_formats():
    assert SIGNED == [
        "account", "assessment", "column_map", "investigation", "letterhead", "lot",
        "method", "printed_identity", "qualification", "review", "specification",
        "stand_in",
    ]  # fmt: skip


@pytest.mark.parametrize("record", sorted(formats.declared()))
def test_every_number_has_a_reader_and_a_sample(record):
    assert formats.without_samples(formats.declared()[record]) == []


def test_every_sample_is_of_a_format():
    known = {
        (record, number)
        for record, format in formats.declared().items()
        for number in range(1, format.number + 1)
    }

    assert set(SAMPLES) == known


def test_raised_number_without_reader_or_sample_is_noticed():
    last = signed_text.LOT.number
    raised = Format("lot", number=last + 1)
    raised.reads(*range(1, last + 1))(lambda stored: stored)

    assert formats.without_samples(raised) == [last + 1]
    raised.reads(last + 1)(lambda stored: stored)
    assert formats.without_samples(raised) == [last + 1]
    assert formats.without_samples(formats.declared()["lot"]) == []


def test_number_has_one_reader():
    format = Format("lot", number=1)
    format.reads(1)(lambda stored: stored)

    with pytest.raises(ValueError, match="lot format 1 has a reader"):
        format.reads(1)(lambda stored: stored)


@pytest.mark.parametrize(
    "stored", [{"format": "9"}, {"format": True}, {"format": 0}, {}, [], {"format": []}]
)
def test_unknown_number_is_refused_in_words(stored):
    last = signed_text.LOT.number
    with pytest.raises(UnknownFormat, match=f"reads formats 1 to {last}; open it with"):
        signed_text.LOT.read(stored)


def test_no_format_number_is_written_but_by_its_name():
    """`"format": 1` in a dict, or `format=1`, would be a number without a reader.

    That of an address, `"format": "pdf"`, is no number.
    """
    bare = [
        f"{path.relative_to(messages.ROOT)}:{value.lineno}"
        for folder in ("lots", "reports")
        for path in sorted((messages.ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for value in _formats(node)
        if not (isinstance(value, ast.Attribute) and value.attr == "number")
        and not (isinstance(value, ast.Constant) and isinstance(value.value, str))
    ]

    assert bare == []


def _formats(node):
    """Yield what a dict or a call gives as a format, but for texts such as %Y."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        for key, value in pairs:
            if isinstance(key, ast.Constant) and key.value == "format":
                yield value
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            is_text = isinstance(keyword.value, ast.Constant) and isinstance(
                keyword.value.value, str
            )
            # What a refusal quotes of a file is no number of ours.
            if keyword.arg == "format" and not is_text and not _quotes(node):
                yield keyword.value


def _quotes(call):
    return getattr(call.func, "id", "") in ("NotRestored",)


# --- each sample is read ------------------------------------------------------------


def signed(record, number):
    """Return a sample as a signature keeps it, with numbers in the place of keys."""
    keys = itertools.count(1)
    text = SAMPLES[record, number].read_text(encoding="utf-8")
    stored = json.loads(re.sub(r'"<\w+>"', lambda _key: f'"{next(keys)}"', text))
    assert stored["format"] == str(number)
    return chain.canonical(
        {"shown": chain.canonical(stored), "statements": {"reason": "Complaint"}}
    )


@pytest.mark.parametrize(
    ("record", "number"), [one for one in SAMPLES if one[0] in SIGNED]
)
def test_what_was_signed_is_read_with_the_fields_of_today(record, number):
    format = formats.declared()[record]
    newest = signatures.read(signed(record, format.number), format)

    read = signatures.read(signed(record, number), format)

    assert read.statements == {"reason": "Complaint"}
    assert read.record["format"] == str(number)
    told, today = (formats.shape(one.record) for one in (read, newest))
    assert told.keys() == today.keys()
    for key, fields in today.items():
        if read.record[key] == []:
            continue  # nothing of it was signed, so it has no fields
        assert (told[key] or {}).keys() == (fields or {}).keys(), key


def test_signature_without_statements_is_read():
    text = chain.canonical(formats.sample("letterhead", 1))

    read = signatures.read(text, formats.declared()["letterhead"])

    assert read.statements == {}
    assert read.record["letterhead"]["version"] == "1"


@pytest.mark.parametrize(
    "number", [number for record, number in SAMPLES if record == "specification"]
)
def test_criteria_signed_in_every_format_say_how_they_are_calculated(number):
    format = formats.declared()["specification"]

    read = signatures.read(signed("specification", number), format)

    criteria = read.record["specification"]["criteria"]
    calculations = {one["test"]: one["calculation"] for one in criteria}
    assert (calculations["WATER"], calculations["ASSAY"]) == ("single", "anhydrous")


@pytest.mark.parametrize(
    "number", [number for record, number in SAMPLES if record == "assessment"]
)
def test_release_signed_in_every_format_is_recomputed(number):
    verdicts = recomputation.signed_verdicts(signed("assessment", number)).verdicts

    assert {test: said for (_criterion, test, _result), said in verdicts.items()} == {
        "Appearance": "pass (White powder)",
        "Assay (anhydrous basis)": "pass (99.8)",
        # Before format 8 the number is compared; it is printed as below its threshold.
        "Impurity A (lactam)": f"pass ({'0.04' if number < 8 else '<0.05'})",
        "Any unspecified impurity (largest)": "pass (0.05)",
        "Total impurities": "pass (0.05)",
        "Water (Karl Fischer)": "pass (0.2)",
        "Residue on ignition": "pass (<0.05)",
        "Methanol": "fail (3001)",
        "Total aerobic microbial count": "pass (<10)",
    }


@pytest.mark.parametrize(
    "number", [number for record, number in SAMPLES if record == "certificate"]
)
def test_certificate_of_every_format_lives_on(number):
    text = SAMPLES["certificate", number].read_bytes().decode()
    stored = Certificate(content=text, digest=chain.digest(text))

    content = verification.read(stored)

    assert verification.content_intact(stored)
    assert content.format == number
    assert content_of.to_json(content) == text
    assert missing(content) == ()
    assert pdf.render(content).startswith(b"%PDF-")
    changed = contents.changed(content, "storage", "Below 8 °C")
    assert [each.path for each in differences(content, changed)] == ["storage"]


@pytest.mark.parametrize(
    "number", [number for record, number in SAMPLES if record == "backup"]
)
def test_backup_of_every_format_is_read(number, tmp_path):
    path = tmp_path / "backup"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(backup.MANIFEST, SAMPLES["backup", number].read_bytes())
        archive.writestr(backup.DUMP, b"")

    manifest = backup.read(path=path)

    assert (manifest.format, manifest.engine) == (number, "sqlite")
    assert "lots.0001_initial" in manifest.migrations


# --- and what is written today is in the form of the newest sample --------------------


@pytest.fixture
def written(world, at):
    """Return a text of each signed record as the program writes it today."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {"MEOH": "3000.5"}, by=world.cast.lin, at=at)
    bench.phase_one(world.cast, lot, Investigation.objects.get(), at=at)
    result_entry.attach(
        lot=lot,
        result=Result.objects.get(),
        by=world.cast.lin,
        at=at,
        upload=Upload("run.txt", b"3000.5"),
        title="Chromatogram",
    )
    evaluated = evaluator.evaluate(lot)
    kept = [json.loads(one) for one in Signature.objects.values_list("text", flat=True)]
    results = Result.objects.all()
    namesake = members.added(world, at, "ylin", "Yue Lin", "qa")
    with audit.act(by=world.cast.lin, at=at, action="check_import") as act:
        column = map_approval.propose(
            act, f'{files.MAP}[translate.water]\n"n.d." = "ND"\n'
        )
    return {
        "column_map": json.loads(map_approval.map_text(column)),
        **{record: one for one in kept for record in one if record in SIGNED},
        "account": json.loads(people.account_text(namesake)),
        "lot": json.loads(signed_text.lot_text(lot)),
        "assessment": json.loads(
            signed_text.assessment_text(evaluated, lot.assessments.get().pk)
        ),
        "review": json.loads(
            signed_text.review_text(
                evaluated, lot.test_orders.get().pk, results, by=world.cast.sofia
            )
        ),
        "investigation": json.loads(
            signed_text.investigation_text(evaluated, Investigation.objects.get())
        ),
    }


def test_text_of_today_has_the_fields_of_the_newest_sample(written):
    """A further field, or one gone, takes the next number, a reader and a sample."""
    assert sorted(written) == SIGNED
    for record, text in written.items():
        number = formats.declared()[record].number
        assert text["format"] == str(number)
        assert formats.shape(text) == formats.shape(formats.sample(record, number)), (
            record
        )
