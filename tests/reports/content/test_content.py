"""The content of a certificate: its canonical text, and what may not be issued."""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path

import pytest

from lots.rules.formats import Format
from reports.content import certificate
from reports.content.certificate import (
    CERTIFICATE,
    Shelf,
    Unreadable,
    digest,
    from_json,
    later,
    texts,
    to_json,
)
from reports.content.completeness import Missing, missing
from reports.content.differences import differences
from tests.reports import contents

FORMAT = CERTIFICATE.number
READS = f"and this version reads 1 to {FORMAT}"
GOLDEN = Path(__file__).parent / "golden" / f"certificate-format-{FORMAT}.json"


# -- canonical text -------------------------------------------------------------------


def test_text_of_a_fixed_content_is_the_golden_one():
    """A failure here means a new number: the stored ones have to stay readable."""
    assert to_json(contents.agent()).encode() == GOLDEN.read_bytes()


def test_golden_text_is_read_back_as_the_content():
    assert from_json(GOLDEN.read_text(encoding="utf-8")) == contents.agent()


@dataclass(frozen=True, kw_only=True)
class NextCertificate(certificate.Certificate):
    ordered: str = later(since=FORMAT + 1)


@pytest.fixture
def next_format(monkeypatch):
    """A further field, and with it a further format."""
    raised = Format("certificate", number=FORMAT + 1)
    raised.reads(*range(1, FORMAT + 2))(certificate._with_the_fields_of_its_format)
    monkeypatch.setattr(certificate, "Certificate", NextCertificate)
    monkeypatch.setattr(certificate, "CERTIFICATE", raised)


def test_content_before_a_further_field_is_read_without_it(next_format):
    text = GOLDEN.read_text(encoding="utf-8")

    content = from_json(text)

    assert (content.format, content.ordered) == (FORMAT, "")
    assert to_json(content) == text
    with pytest.raises(Unreadable, match="unknown or missing keys: ordered"):
        from_json(text.replace('"number"', '"ordered":"","number"', 1))


def test_content_with_a_further_field_is_read_back(next_format):
    first = from_json(GOLDEN.read_text(encoding="utf-8"))
    content = replace(first, format=FORMAT + 1, ordered="2026-10-01")

    assert '"ordered":"2026-10-01"' in to_json(content)
    assert from_json(to_json(content)) == content
    assert ("ordered", "2026-10-01") in texts(content)


@pytest.mark.parametrize(
    "make",
    [contents.intrathecal, contents.oral, contents.agent, contents.sixty],
    ids=lambda make: make.__name__,
)
def test_text_is_read_back_as_the_content(make):
    content = make()

    assert from_json(to_json(content)) == content


def test_text_is_canonical():
    text = to_json(contents.agent())

    assert text == json.dumps(
        json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert "陈芳 (Chen Fang)" in text
    assert json.loads(text)["format"] == FORMAT


def test_text_keeps_characters_as_they_were_given():
    composed = replace(contents.oral(), customer="Caf\u00e9")
    decomposed = replace(contents.oral(), customer="Cafe\u0301")

    assert from_json(to_json(decomposed)).customer == "Cafe\u0301"
    assert digest(composed) != digest(decomposed)


def test_digest_is_that_of_the_text():
    content = contents.oral()

    assert digest(content) == hashlib.sha256(to_json(content).encode()).hexdigest()


def test_every_field_of_every_part_is_in_the_text():
    def keys(node):
        if isinstance(node, tuple):
            return set().union(*map(keys, node)) if node else set()
        if not is_dataclass(node):
            return set()
        names = {each.name for each in fields(node)}
        return names.union(*(keys(getattr(node, name)) for name in names))

    text = to_json(contents.agent())

    assert {
        name for name in keys(contents.agent()) if f'"{name}":' not in text
    } == set()


def _stored(**changes) -> str:
    stored = {**json.loads(to_json(contents.oral())), **changes}
    return json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _without(key: str) -> str:
    stored = json.loads(_stored())
    del stored[key]
    return json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (_stored(colour="red"), "certificate has unknown or missing keys: colour"),
        (_without("storage"), "certificate has unknown or missing keys: storage"),
        (_stored(format=FORMAT + 1), f"its format is {FORMAT + 1}, {READS}"),
        (_stored(format=True), f"its format is True, {READS}"),
        (_without("format"), f"its format is None, {READS}"),
        (_stored(storage=3), "certificate.storage is 3"),
        (_stored(training=0), "certificate.training is 0"),
        (_stored(groups={}), "certificate.groups is {}"),
        (_stored(material=None), "certificate.material is None"),
        (
            _stored(shelf={"kind": "best before", "date": "2029-01-16", "use_by": ""}),
            "certificate.shelf.kind is 'best before'",
        ),
        ("[]", "it is not an object"),
        ("", "it is not JSON"),
        ('{"format":1,"format":1}', "it has a key twice"),
        (_stored() + "\n", "it is not in canonical form"),
        (json.dumps(json.loads(_stored())), "it is not in canonical form"),
    ],
    ids=[
        "unknown-key",
        "missing-key",
        "other-format",
        "format-not-a-number",
        "no-format",
        "number-for-text",
        "number-for-flag",
        "object-for-list",
        "nothing-for-part",
        "unknown-word",
        "not-an-object",
        "not-json",
        "key-twice",
        "trailing-newline",
        "other-spelling",
    ],
)
def test_other_text_is_refused(text, reason):
    with pytest.raises(Unreadable) as refused:
        from_json(text)

    assert str(refused.value) == (
        f"The stored content of the certificate cannot be read: {reason}."
    )


def test_texts_name_where_they_stand():
    found = dict(texts(contents.oral()))

    assert found["material.name"] == "Baclofen"
    assert found["issuer.address[1]"] == "Ningbo 315000"
    assert found["groups[1].lines[0].basis"] == "anhydrous basis"


def test_differences_name_the_line_by_its_test_and_leave_the_issue_out():
    before = contents.oral()
    after = replace(
        contents.changed(before, "groups[3].lines[0].result", "0.2"),
        groups=(
            *before.groups[:3],
            replace(
                before.groups[3],
                lines=(
                    before.groups[3].lines[1],
                    replace(before.groups[3].lines[0], result="0.2"),
                ),
            ),
            *before.groups[4:],
        ),
        number="COA-2026-000999",
        revision="1",
        lot=replace(before.lot, own_number="EX-1"),
        check=replace(before.check, address="https://check.example.test/other"),
    )

    found = differences(before, after)

    assert [(each.where, each.before, each.after) for each in found] == [
        ("lot: own number", "", "EX-1"),
        ("Water and residue, Water: result", "0.1", "0.2"),
    ]


# -- what an issue is refused for -----------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [contents.intrathecal, contents.oral, contents.agent, contents.sixty],
    ids=lambda make: make.__name__,
)
def test_complete_content_misses_nothing(make):
    assert missing(make()) == ()


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("title", "title"),
        ("number", "certificate number"),
        ("revision", "revision"),
        ("issuer.name", "name of the issuer"),
        ("issuer.address", "address of the issuer"),
        ("issuer.telephone", "telephone of the issuer"),
        ("manufacturer.name", "name of the original manufacturer"),
        ("manufacturer.address", "address of the original manufacturer"),
        ("manufacturer.telephone", "telephone of the original manufacturer"),
        ("material.name", "name of the material"),
        ("material.cas", "CAS number"),
        ("material.grade", "grade"),
        ("material.item_code", "item code"),
        ("use.code", "use"),
        ("use.headline", "headline of the use"),
        ("use.caution", "caution of the use"),
        ("lot.number", "lot number of the original manufacturer"),
        ("dates.manufactured", "date of manufacture"),
        ("dates.tested_to", "date on which testing was completed"),
        ("dates.released", "date of release"),
        ("dates.issued", "date of issue"),
        ("shelf.date", "retest or expiry date"),
        ("specification.code", "specification code"),
        ("specification.version", "specification version"),
        ("specification.edition", "edition of the compendium"),
        ("storage", "storage condition"),
        ("rounding", "rounding statement"),
        ("groups", "results"),
        ("conclusion", "conclusion"),
        ("deviations", "statement on deviations and investigations"),
        ("signatures", "signature"),
        ("check.address", "check address"),
        ("lot.origin", "origin, such as the lots that it was blended from"),
        ("footnotes", "footnote 1"),
        ("signatures[0].name", "printed name at signature 1"),
        ("signatures[1].title", "title at signature 2"),
        ("signatures[1].meaning", "meaning at signature 2"),
        ("signatures[1].at", "time at signature 2"),
        ("signatures[1].step", "signature of the release"),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_required_text_is_missed(path, what):
    empty: object = {
        "groups": (),
        "signatures": (),
        "issuer.address": (" ",),
        "manufacturer.address": (),
        "footnotes": contents.FOOTNOTES[1:],
        "signatures[1].step": "review",
    }.get(path, " ")

    found = missing(contents.changed(contents.oral(), path, empty))

    place = "signatures" if path.endswith("step") else path
    assert found == (
        Missing(
            code="missing",
            sentence="The certificate has no %(what)s.",
            field=place,
            params={"what": what},
        ),
    )
    assert str(found[0]) == f"The certificate has no {what}."


@pytest.mark.parametrize("name", ["test", "procedure", "criterion", "result"])
def test_incomplete_line_is_missed(name):
    path = f"groups[2].lines[0].{name}"

    (found,) = missing(contents.changed(contents.oral(), path, ""))

    test = "groups[2].lines[0]" if name == "test" else "Impurity A (lactam)"
    assert (found.code, found.field) == ("line_incomplete", path)
    assert str(found) == f"The line of {test} has no {name}."


@pytest.mark.parametrize(
    ("path", "value", "code", "field", "sentence"),
    [
        (
            "groups[3].lines[0].verdict",
            "Does not comply",
            "does_not_comply",
            "groups[3].lines[0].verdict",
            "Water does not comply, so there can be no certificate of analysis; print "
            "the analytical report instead.",
        ),
        (
            "groups[3].lines[0].result",
            "Conforms",
            "not_numeric",
            "groups[3].lines[0].result",
            "Water has limits, so its result has to be a number, not “Conforms”.",
        ),
        (
            "groups[2].lines[0].result",
            "Detected, <LOQ",
            "quantitation",
            "groups[2].lines[0].quantitation",
            "Impurity A (lactam) is reported as Detected, <LOQ, so its limit of "
            "quantitation or detection has to be stated.",
        ),
        (
            "groups[2].lines[0].result",
            "ND",
            "quantitation",
            "groups[2].lines[0].quantitation",
            "Impurity A (lactam) is reported as ND, so its limit of quantitation or "
            "detection has to be stated.",
        ),
        (
            "groups[1].lines[0].basis",
            "",
            "assay_basis",
            "groups[1].lines[0].basis",
            "Assay does not say on which basis: anhydrous, dried or as is.",
        ),
    ],
    ids=["fails", "words-for-a-number", "loq", "not-detected", "basis"],
)
def test_line_that_may_not_be_certified_is_named(path, value, code, field, sentence):
    (found,) = missing(contents.changed(contents.oral(), path, value))

    assert (found.code, found.field, str(found)) == (code, field, sentence)


@pytest.mark.parametrize(
    "role", ["repacker", "reprocessor", "agent"], ids=lambda role: role
)
def test_reissuer_without_original_certificate_and_laboratory_is_refused(role):
    """ICH Q7 11.44; domain.md 9, rule 16."""
    content = contents.changed(contents.oral(), "issuer.role", role)

    assert [str(each) for each in missing(content)] == [
        f"The issuer is not the manufacturer but its {role}, so the original "
        "certificate has to be named and attached. Reopen the lot; an analyst attaches "
        "it on the page of the lot, and the lot is released again.",
        "The certificate has no name of the laboratory that did the tests.",
    ]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("original.number", "number of the original certificate"),
        ("original.note", "note on where the copy of the original certificate is"),
        ("original.sha256", "SHA-256 of the copy of the original certificate"),
        ("laboratories[0].name", "name of laboratory L1"),
        ("laboratories[0].address", "address of laboratory L1"),
        ("laboratories[0].telephone", "telephone of laboratory L1"),
        ("supersedes.reason", "reason for superseding the earlier revision"),
        ("supersedes", "revision that it supersedes"),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_conditional_text_is_missed_where_it_applies(path, what):
    empty = {"supersedes": None, "laboratories[0].address": ()}.get(path, "")

    found = missing(contents.changed(contents.agent(), path, empty))

    assert [(each.field, str(each)) for each in found] == [
        (path, f"The certificate has no {what}.")
    ]


def test_mark_of_an_unknown_laboratory_is_missed():
    content = contents.changed(contents.oral(), "groups[5].lines[0].laboratory", "L7")

    assert [str(each) for each in missing(content)] == [
        "The certificate has no laboratory L7."
    ]


def test_everything_missing_is_listed_at_once():
    content = replace(
        contents.oral(),
        storage="",
        shelf=Shelf(kind="expiry", date=""),
        conclusion="",
    )

    assert [each.field for each in missing(content)] == [
        "shelf.date",
        "storage",
        "conclusion",
    ]
