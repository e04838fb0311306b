"""Raw data of results: a reference, or a file attached to the result.

A result is submitted with one of them, so that a second person has something to
compare it with (ICH Q7 6.6; domain.md 6.3). What was calculated rests on the raw data
of what it was calculated from, and a correction on those of the value that it corrects.

A value of another manufacturer, in the place of ours, rests on that manufacturer's
certificate: its number is the reference, and the file is kept (ICH Q7 11.44).
"""

from collections.abc import Iterable

from lots.accounts.permissions import history
from lots.models import Attachment, Lot, Result, Site, Source
from lots.rules import not_imported
from lots.rules.refusal import Refusal
from lots.rules.roles import IssuerRole

# Letters and digits without which nobody finds a record.
FEWEST = 3


def is_manufacturers(lot: Lot, laboratory: Site | None) -> bool:
    """Say whether the site's values of this lot are those of another manufacturer."""
    site = laboratory or lot.site
    return (
        lot.issuer_role != IssuerRole.MANUFACTURER
        and site.organisation_id == lot.site.organisation_id
        and not lot.site.organisation.is_ours
    )


def is_named(reference: str) -> bool:
    """Say whether a reference can name a record: a dash and "n/a" cannot."""
    text = reference.strip()
    written = sum(character.isalnum() for character in text)
    return written >= FEWEST and text.casefold() not in not_imported.NOT_REPORTED


def lacking(lot: Lot, results: Iterable[Result]) -> dict[int, Refusal]:
    """Return why each of those of the results cannot be compared, by its key.

    Of results of one lot. What was calculated is not asked.
    """
    found: dict[int, Refusal] = {}
    of: dict[int, set[int]] = {}
    for one in results:
        if one.source == Source.COMPUTED:
            continue
        if is_manufacturers(lot, one.laboratory):
            if lot.original_certificate_id is None:
                found[one.pk] = Refusal(
                    "no-certificate",
                    "%(test)s is a value of the manufacturer, whose certificate"
                    " %(number)s is not attached. Choose “Attach the manufacturer's"
                    " certificate” under Documents on the page of the lot.",
                    test=one.test.name,
                    number=lot.original_certificate_number,
                )
        elif not any(is_named(each.raw_reference) for each in history(one)):
            found[one.pk] = Refusal(
                "no-raw-data",
                "%(test)s has no raw data. Choose “Attach” in its row and attach the"
                " file. Name raw data as “Raw data reference” above the grid before"
                " you enter further results.",
                test=one.test.name,
            )
            of[one.pk] = {each.pk for each in history(one)}
    if of:
        attached = set(
            Attachment.objects.filter(result__in=set().union(*of.values())).values_list(
                "result_id", flat=True
            )
        )
        for pk, keys in of.items():
            if not keys.isdisjoint(attached):
                del found[pk]
    return found
