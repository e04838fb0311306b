"""Raw data of results: a reference, or a file attached to the result.

A result is submitted with one of them, so that a second person has something to
compare it with (ICH Q7 6.6; domain.md 6.3). What was calculated rests on the raw data
of what it was calculated from, and a correction on those of the value that it corrects.
"""

from lots.accounts.permissions import history
from lots.models import Attachment, Source


def lacking(results):
    """Return the keys of those of the results that have no raw data."""
    of = {
        one.pk: {each.pk for each in history(one)}
        for one in results
        if one.source != Source.COMPUTED
        and not any(each.raw_reference.strip() for each in history(one))
    }
    if not of:
        return set()
    attached = set(
        Attachment.objects.filter(result__in=set().union(*of.values())).values_list(
            "result_id", flat=True
        )
    )
    return {pk for pk, keys in of.items() if keys.isdisjoint(attached)}
