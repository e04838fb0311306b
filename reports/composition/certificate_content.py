"""Certificate content, composed from the rows of a lot in the English that is printed.

Decides nothing: `reports/issuing/preflight.py` says what may be issued.
"""

import re
from dataclasses import replace

from django.conf import settings

from lots.calendar import stamp
from lots.evaluation import signed_text
from lots.evidence import signatures
from lots.models import (
    Conclusion,
    Installation,
    Kind,
    MarkKind,
    Meaning,
    Origin,
    Owner,
    Signature,
)
from lots.rules.roles import IssuerRole
from lots.rules.uses import use as use_of
from reports.composition.results import Results
from reports.content import certificate as content

# A number is given at issue; the draft carries one that no certificate can have.
UNNUMBERED = "Preview"
CHECK_TEXT = "Check this certificate, its status of the day and this file at"

_ARISING: dict[Origin, tuple[content.Arising, str]] = {
    Origin.MANUFACTURE: ("manufactured", ""),
    Origin.BLEND: ("blended", "Blend of"),
    Origin.REPROCESSING: ("reprocessed", "Reprocessed from"),
    Origin.REWORK: ("reworked", "Reworked from"),
    Origin.REPACKING: ("repacked", "Repacked from"),
}
_OWNERS = {
    Owner.IN_HOUSE: "In-house",
    Owner.PHARMACOPOEIA: "Pharmacopoeia",
    Owner.CUSTOMER: "Customer",
}
_ENDS = {
    Conclusion.PROVEN: "laboratory error proven, the result is invalid",
    Conclusion.NOT_PROVEN: "no laboratory error proven, the result stays valid",
}
_EDITION = re.compile(r"(?P<name>.*?)[ ,]+(?P<edition>[0-9].*)")


def compose(proposal, *, evaluated, certificate_header, printed):
    """Return the content that the proposal asks for, not numbered yet.

    Takes a released assessment; `evaluated` is its lot's evaluation, `printed` the
    printed identity (`printed_identity.of_assessment`), as it was signed or is today.
    """
    assessment, lot = proposal.assessment, proposal.assessment.lot
    results = Results(evaluated, assessment, laboratories=printed["laboratories"])
    manufacturer, material = printed["manufacturer"], printed["material"]
    samples = results.samples
    specification = assessment.specification
    return content.Certificate(
        number=UNNUMBERED,
        revision="0",
        series="",
        training=Installation.objects.filter(is_training=True).exists(),
        issuer=content.Issuer(
            name=certificate_header.name,
            address=_lines(certificate_header.address),
            telephone=certificate_header.telephone,
            email=certificate_header.email,
            role=lot.issuer_role,
        ),
        manufacturer=content.Manufacturer(
            name=manufacturer["name"],
            site=manufacturer["site"],
            address=_lines(manufacturer["address"]),
            telephone=manufacturer["telephone"],
        ),
        original=_original(lot),
        material=content.Material(
            name=material["name"],
            cas=material["cas_number"],
            formula=material["formula"],
            grade=specification.grade,
            item_code=material["item_code"],
        ),
        use=_use(assessment.use),
        lot=_lot(lot, shipped=proposal.asked.shipped, samples=samples),
        dates=content.Dates(
            manufactured=lot.manufactured_on.isoformat(),
            sampled=_iso(results.sampled_on),
            tested_from=_iso(results.tested_from),
            tested_to=_iso(results.tested_to),
            released=_iso(assessment.released_on),
            issued=stamp(proposal.at),
        ),
        shelf=content.Shelf(
            kind=lot.date_kind,
            date=lot.date_on.isoformat(),
            use_by=_iso(assessment.test_order.use_by),
        ),
        storage=lot.storage,
        specification=_specification(specification, results),
        rounding=results.rounding,
        groups=results.groups,
        laboratories=results.laboratories,
        footnotes=results.footnotes,
        conclusion=_conclusion(assessment, results, material=material["name"]),
        deviations=_deviations(evaluated, assessment),
        statements=tuple(
            content.Statement(
                title=each["title"],
                text=_in_one(each["text"]),
                version=each["version"],
            )
            for each in printed["statements"]
        ),
        remarks=tuple(_remarks(assessment, lot, note=material["note"])),
        customer=_addressee(proposal.asked.customer),
        order=proposal.asked.order,
        signatures=_signatures(assessment, results),
        supersedes=_supersedes(proposal),
        duplicate_of=_duplicate_of(proposal),
        check=content.Check(
            address=f"{settings.CHECK_URL_BASE.rstrip('/')}/check/", text=CHECK_TEXT
        ),
    )


def numbered(draft, *, number, revision, series, address):
    """Return the draft with its number, and the address that its QR code says."""
    return replace(
        draft,
        number=number,
        revision=str(revision),
        series=series,
        check=replace(draft.check, address=address),
    )


def stated(assessment, name):
    """Return what the releasing person stated, as it was signed, in one line."""
    signed = signatures.read(assessment.signature.text, signed_text.ASSESSMENT)
    return _in_one(signed.statements.get(name, ""))


def _lines(address):
    return tuple(line.strip() for line in address.splitlines() if line.strip())


def _in_one(text):
    """Return a text of some lines as one, as a certificate sets it."""
    return " ".join(_lines(text))


def _iso(date):
    return date.isoformat() if date else ""


def _use(code):
    words = use_of(code)
    return content.Use(code=code, headline=words.headline, caution=words.caution)


def _original(lot):
    """ICH Q7 11.44: who re-issues names the original certificate and attaches it."""
    if lot.issuer_role == IssuerRole.MANUFACTURER or lot.original_certificate is None:
        return None
    return content.OriginalCertificate(
        number=lot.original_certificate_number,
        note="Copy kept with the lot and sent with this certificate",
        sha256=lot.original_certificate.sha256,
    )


def _lot(lot, *, shipped, samples):
    arising, verb = _ARISING[Origin(lot.origin)]
    parents = [
        _parent(each, unit=lot.size_unit)
        for each in lot.parentages.select_related("parent").order_by("pk")
    ]
    noun = "lots" if len(parents) > 1 else "lot"
    return content.Lot(
        number=lot.original_number,
        own_number=lot.number if lot.number != lot.original_number else "",
        arising=arising,
        origin=f"{verb} {noun} {_listed(parents)}" if parents else "",
        batch_size=f"{lot.size} {lot.size_unit}",
        shipped=shipped,
        packaging=lot.packaging,
        sample=", ".join(sample.number for sample in samples),
    )


def _parent(parentage, *, unit):
    """Return the manufacturer's number, which relabelling keeps (domain.md 1.2)."""
    parent, quantity = parentage.parent, parentage.quantity
    told = [
        f"our number {parent.number}"
        if parent.number != parent.original_number
        else "",
        f"{quantity} {unit}" if quantity else "",
    ]
    more = "; ".join(filter(None, told))
    return f"{parent.original_number} ({more})" if more else parent.original_number


def _specification(specification, results):
    """Return what names the specification; the compendium where every line is its.

    Where some lines are, each of them says so in a footnote (`Results`).
    """
    owner = _OWNERS[Owner(specification.owner)]
    if specification.customer:
        owner = f"{owner}: {specification.customer.name}"
    compendium = specification.compendium if results.compendial == "all" else ""
    edition = ""
    if found := _EDITION.fullmatch(compendium):
        compendium, edition = found["name"], found["edition"]
    return content.Specification(
        code=specification.code,
        version=str(specification.version),
        effective=specification.effective_on.isoformat(),
        owner=owner,
        # A name without an edition stands where nothing asks for one.
        compendium=compendium if edition else "",
        edition=edition or compendium,
    )


def _conclusion(assessment, results, *, material):
    """Generated from the verdicts, never typed (domain.md 1.2)."""
    specification = assessment.specification
    verb = "complies" if results.complies else "does not comply"
    said = (
        f"Lot {assessment.lot.original_number} of {material}"
        f" {verb} with specification {specification.code} version"
        f" {specification.version}"
    )
    return f"{said} in the tests reported." if results.partial else f"{said}."


def _deviations(evaluated, assessment):
    """Say what was signed of deviations, and each investigation with its end.

    No certificate is silent on an investigation of its lot (domain.md 5.1).
    """
    closed = stated(assessment, "deviations_and_investigations_closed")
    said = f"Deviations: {_ended(closed)}"
    if not evaluated.investigations:
        return f"{said} No investigation was opened on this lot."
    attempts = {
        attempt.result.pk: attempt
        for test_order in evaluated.test_orders
        for of_a_test in test_order.attempts.values()
        for attempt in of_a_test
    }
    cases = "; ".join(
        f"{case.number} ({attempts[case.result_id].test.name}: {_end(case, attempts)})"
        for case in evaluated.investigations
    )
    return f"{said} Investigations: {cases}."


def _end(case, attempts):
    """Return how the investigation ended; "open" only where it did not."""
    if attempts[case.result_id].sent_back:
        return "a correction that was returned and never valid"
    if case.corrected_by_id is None:
        return _ENDS.get(case.conclusion, "open")
    if attempts[case.corrected_by_id].result.kind == Kind.REPROCESSING:
        return "data reprocessed, compared and confirmed"
    if attempts[case.corrected_by_id].result.kind == Kind.TRANSCRIPTION:
        return "transcription error, corrected and confirmed"
    return "calculated again after a correction"


def _remarks(assessment, lot, *, note):
    why = stated(assessment, "justification")
    if assessment.use != lot.use:
        made_for, use_for = use_of(lot.use), use_of(assessment.use)
        yield (
            f"Made for the manufacture of {made_for.products}; released also for the"
            f" manufacture of {use_for.products}: {_ended(why)}"
        )
    elif why:
        yield f"Released with the justification: {_ended(why)}"
    yield from filter(None, (lot.note, note))


def _addressee(customer):
    if customer is None:
        return ""
    return ", ".join([customer.name, *_lines(customer.address)])


def _signatures(assessment, results):
    """Return the last review of each reviewer, then the release (21 CFR 11.50)."""
    reviews: dict[int, Signature] = {}
    for attempt in results.used:
        for mark in attempt.marks:
            if mark.kind == MarkKind.REVIEWED and mark.signature:
                known = reviews.get(mark.by_id)
                if known is None or known.pk < mark.signature.pk:
                    reviews[mark.by_id] = mark.signature
    ordered = sorted(reviews.values(), key=lambda signature: signature.pk)
    return tuple(
        content.Signature(
            step="release" if signature.meaning == Meaning.RELEASED else "review",
            name=signature.printed_name,
            title=signature.title,
            meaning=signature.wording,
            at=stamp(signature.at),
        )
        for signature in [*ordered, assessment.signature]
    )


def _duplicate_of(proposal):
    """Return what this one is a duplicate of; a revised duplicate stays one."""
    first = proposal.duplicates or (proposal.revises and proposal.revises.duplicate_of)
    return first.number if first else ""


def _supersedes(proposal):
    if proposal.revises is None:
        return None
    return content.Supersedes(
        number=proposal.revises.number,
        revision=str(proposal.revises.revision),
        reason=_ended(proposal.reason),
    )


def _listed(words):
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _ended(text):
    return f"{text.rstrip('.')}."
