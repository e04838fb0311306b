"""Remedies: the page and the form where a blocker of a certificate is fixed."""

import re
from dataclasses import dataclass, fields

from django.db.models import Exists, OuterRef
from django.urls import reverse

from lots.models import Approval, CertificateHeader, Result, Site
from lots.rules.refusal import Refusal
from reports.composition.results import printed
from reports.models import Asked


@dataclass(frozen=True)
class Blocker:
    """One reason, the page that shows it and, where QA has one, the form that fixes it.

    `form` is an address. It opens to QA alone, the page to every reader.
    """

    refusal: Refusal
    page: str
    pk: int | None = None
    form: str = ""

    @property
    def code(self):
        return self.refusal.code

    @property
    def sentence(self):
        return str(self.refusal)

    @property
    def url(self):
        """Return the address where it can be fixed."""
        return self.form or self.shown_at

    @property
    def shown_at(self):
        return reverse(self.page, args=[self.pk] if self.pk else [])


# Where a missing field of the content can be fixed; the first match counts.
_MENDED_AT = (
    ("issuer.role", "lot"),
    ("issuer", "certificate_header"),
    ("manufacturer.name", "manufacturer"),
    ("manufacturer", "site"),
    ("laboratories", "laboratory"),
    ("customer", "customer"),
    ("material.grade", "specification"),
    ("material", "material"),
    ("statements", "statements"),
    ("specification", "specification"),
    ("lot.shipped", "asked"),
    *((one.name, "asked") for one in fields(Asked) if one.name != "customer"),
    ("supersedes", "revised"),
    ("groups[", "line"),
    ("lines[", "line"),
    ("remarks[", "remark"),
    ("footnotes[", "results"),
    # What was signed is signed again, after a reopening.
    ("deviations", "reopening"),
    ("signatures", "reopening"),
)
# A line by its group or, as proofreading counts, through all of them.
_LINE = re.compile(r"(?:groups\[(\d+)\]\.)?lines\[(\d+)\]\.(\w+)")


def _is_of(field, part):
    """Say whether a path such as `laboratories[0].name` is of a part of the content.

    A part such as `groups[` is one of several, never all of them.
    """
    if part.endswith("["):
        return field.startswith(part)
    return field == part or field.startswith((f"{part}.", f"{part}["))


def fixed_at(field, proposal, draft, evaluated):
    """Return the page that shows a field of the content, its key, and the form.

    What was logged, approved or signed is in no form: its page has the way on.
    `evaluated` is the evaluation that the draft was worded from.
    """
    key = next((key for part, key in _MENDED_AT if _is_of(field, part)), "lot")
    assessment, lot = proposal.assessment, proposal.assessment.lot
    match key:
        case "certificate_header":
            return "lots:certificate_header", None, certificate_header_form()
        case "manufacturer":
            return _record("organisation", lot.site.organisation_id)
        case "customer":
            return _record("organisation", proposal.asked.customer.pk)
        case "material":
            return _record("material", lot.material_id)
        case "site":
            return _site(lot.site)
        case "results":
            return "lots:test_order", assessment.test_order_id
        case "laboratory" if field.endswith(".report"):
            return "lots:test_order", assessment.test_order_id
        case "laboratory":
            return _site(_laboratory(field, draft, lot))
        case "statements":
            return "lots:material_detail", lot.material_id
        case "specification":
            return "lots:specification_detail", assessment.specification_id
        case "asked":
            return "reports:issue", assessment.pk
        case "revised":
            return "reports:certificate_detail", proposal.revises.pk
        case "line":
            return _line(field, assessment, draft, evaluated)
        case "remark":
            return _remark(field, lot, draft)
        case "reopening":
            return _reopening(lot)
    return "lots:lot_detail", lot.pk


def _record(kind, pk):
    return f"lots:{kind}_detail", pk, reverse(f"lots:change_{kind}", args=[pk])


def _site(site):
    if site is None:
        return "lots:organisation_list", None
    form = reverse("lots:change_site", args=[site.pk])
    return "lots:organisation_detail", site.organisation_id, form


def _reopening(lot):
    return "lots:lot_detail", lot.pk, reverse("lots:reopen", args=[lot.pk])


def _remark(field, lot, draft):
    """Return where a remark comes from: the material, the lot, or the release."""
    said = draft.remarks[int(field.removeprefix("remarks[").rstrip("]"))]
    if said == lot.material.note:
        return _record("material", lot.material_id)
    if said == lot.note:
        return "lots:lot_detail", lot.pk
    return _reopening(lot)


def _line(field, assessment, draft, evaluated):
    """Return where a line can be fixed: its test, the specification or the results.

    Of a test that results rest on, the heading alone can still be changed, and so
    whether a basis is asked for at all; its page has the way on for all else.
    """
    [(group, line, name)] = _LINE.findall(field)
    if name == "criterion":
        return "lots:specification_detail", assessment.specification_id
    if name in ("result", "verdict"):
        return "lots:test_order", assessment.test_order_id
    before = draft.groups[: int(group)] if group else ()
    position = sum(len(each.lines) for each in before) + int(line)
    test = printed(evaluated, assessment)[position].test
    form = reverse("lots:change_test", args=[test.pk]) if name == "basis" else ""
    return "lots:test_detail", test.pk, form


def _laboratory(field, draft, lot):
    """Return the laboratory that a field of the content speaks of, None for none."""
    named = {
        f"{site.organisation.name}, {site.name}": site
        for site in Site.objects.filter(
            Exists(
                Result.objects.filter(
                    laboratory=OuterRef("pk"), test_order__lot=lot
                ).order_by()
            )
        ).select_related("organisation")
    }
    position = re.match(r"laboratories\[(\d+)\]", field)
    return position and named.get(draft.laboratories[int(position[1])].name)


def certificate_header_form():
    """Return the form of the next certificate header; none while a draft waits."""
    if CertificateHeader.objects.filter(state=Approval.DRAFT).exists():
        return ""
    return reverse("lots:draft_certificate_header")
