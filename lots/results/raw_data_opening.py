"""Opening of raw data: the trail keeps which file a reviewer opened, and when.

Once for each person, file and submission of its result, so that a file that is opened
again adds nothing. What was opened is asked of `evaluation.raw_data_opened`.
"""

from lots.evaluation import raw_data_opened
from lots.evidence import audit, chained_names
from lots.models import Attachment, Mark, MarkKind, Role


def opened(*, document, by, at):
    """Record that a reviewer opened a file that is attached to a lot.

    Nothing of other files, or of who does not review. Returns whether something was
    recorded.
    """
    if not by.takes(Role.REVIEWER):
        return False
    files = list(
        Attachment.objects.filter(document=document)
        .select_related("lot")
        .order_by("pk")
    )
    if not _unopened(files, by):
        return False
    with audit.act(by=by, at=at, action=raw_data_opened.ACTION) as act:
        # Two that open it at once come one after the other.
        act.take_turn()
        new = _unopened(files, act.by)
        for one, there in new:
            act.note(
                table=chained_names.table(Attachment),
                record=one.pk,
                lot=one.lot_id,
                title=one.title,
                sha256=document.sha256,
                submission=there,
            )
        return bool(new)


def _unopened(files, person):
    """Return the files that the person did not open yet, each with its submission."""
    marks = list(
        Mark.objects.filter(
            result__in=[one.result_id for one in files if one.result_id],
            kind=MarkKind.SUBMITTED,
        )
    )
    found = []
    for one in files:
        of_result = [mark for mark in marks if mark.result_id == one.result_id]
        if not raw_data_opened.of_lot(one.lot).has(one, of_result, person):
            found.append((one, raw_data_opened.submission(of_result)))
    return found
