"""Words of a printed line: method, basis, limit of quantitation, uncertainty."""

from lots.models import Group
from lots.rules.measurement import OF_PEAKS
from lots.rules.quality_attributes import Attribute
from lots.rules.reportable_value import Calculation
from lots.rules.reported_value import Kind as ValueKind
from reports.content.completeness import names_a_basis, names_an_assay

_BASES = {Calculation.ANHYDROUS: "anhydrous basis", Calculation.DRIED: "dried basis"}


def cited(method):
    """Return the method as it is cited; its first version goes without saying."""
    return method.code if method.version == 1 else str(method)


def name_and_basis(test, *, heading, attribute, numeric):
    """Return the name of a test, and the basis of its value where it is not in that.

    An assay is stated on a basis (domain.md 1.2): that of its calculation, or else
    "as is"; other tests under its heading are not. A name such as "Assay (on the dried
    basis)" says it once.
    """
    calculation = Calculation.of(test.calculation)
    if calculation in _BASES:
        basis = _BASES[calculation]
        name = test.name.removesuffix(f" ({basis})")
        return name, "" if basis.split()[0] in name.casefold() else basis
    is_assay = attribute == Attribute.ASSAY or (
        heading is Group.ASSAY and (not attribute or names_an_assay(test.name))
    )
    if is_assay and numeric and not names_a_basis(test.name):
        return test.name, "as is"
    return test.name, ""


def quantitation(line):
    """Return the limit that each value below one was compared with, once each.

    Only a limit that the method or the test states: a bound that was typed stands in
    the result itself.
    """
    found = {}
    total = line.test.component_of
    for attempt, verdict in line.valid:
        if attempt.reportable.kind is ValueKind.WORD:
            continue
        if verdict.shown == "Not detected":
            found[f"LOD {attempt.method.lod}"] = bool(attempt.method.lod)
        elif "<" not in verdict.shown:
            continue
        elif (
            total
            and verdict.shown == f"<{total.threshold}"
            and (attempt.reportable.kind is ValueKind.NUMBER)
        ):
            found[f"RT {total.threshold}"] = True
        elif Calculation.of(line.test.calculation) in OF_PEAKS:
            found[f"RT {line.test.threshold}"] = True
        else:
            found[f"LOQ {attempt.method.loq}"] = bool(attempt.method.loq)
    return ", ".join(words for words, is_stated in found.items() if is_stated)


def remark_of(attempt):
    """Return the remark on a result as a sentence."""
    text = attempt.remark.reason
    return text if text.endswith((".", "!", "?")) else f"{text}."


def uncertainty(line):
    """Return the expanded uncertainty of the one number that a line prints."""
    if len(line.valid) != 1:
        return ""
    attempt, verdict = line.valid[0]
    is_number = attempt.reportable.kind is ValueKind.NUMBER and verdict.rounded
    if not is_number or not verdict.shown.lstrip("+-")[:1].isdigit():
        return ""
    return attempt.method.uncertainty


def frequency(criterion):
    """Return how often a periodic test is done: 'every 10 lots or 12 months'."""
    spans = []
    if criterion.every_lots:
        spans.append(f"{criterion.every_lots} lots")
    if criterion.every_months:
        spans.append(f"{criterion.every_months} months")
    return f"every {' or '.join(spans)}" if spans else "periodically"
