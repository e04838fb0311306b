"""Approval of a column map that translates words into results.

"n.d." in a file becomes ND, which may pass; so a second person signs the map, once for
each version of it, before anybody imports with it. Whoever proposed it does not approve
it, and whoever approved it does not import with it (EU GMP Annex 11, 6: a second check
of critical data entered by hand; chapter 4, 4.3). One that turned out wrong is
withdrawn.
"""

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit, signatures
from lots.imports import column_map
from lots.models import ColumnMap, ImportedFile
from lots.rules import chain
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.roles import Deed
from lots.rules.step_table import STEPS

COLUMN_MAP = Format("column_map", number=1)


class NotApproved(Refusal):
    """The map translates, and no second person approved it for this importer."""


@COLUMN_MAP.reads(1)
def _with_the_fields_of_today(stored):
    return stored


def digest(text):
    """Return the SHA-256 of the map's text, whatever the ends of its lines."""
    return ColumnMap.digest_of(text)


def found(text):
    """Return the map of this text as it was proposed; None if it never was."""
    return (
        ColumnMap.objects.select_related("proposed_by", "signature__by")
        .filter(sha256=digest(text))
        .first()
    )


def propose(act, text):
    """Keep a map that translates for its approval inside an open act; return it."""
    known = found(text)
    return known or act.create(
        ColumnMap(
            text=text,
            sha256=digest(text),
            proposed_by=act.by,
            proposed_at=act.at,
        )
    )


def against_import(text, import_map, person):
    """Return why the person may not import with the map; None where nothing is so."""
    if not any(import_map.translations()):
        return None
    known = found(text)
    if known is not None and known.withdrawn_at:
        return NotApproved(
            "map-withdrawn",
            "The map (SHA-256 %(begin)s…) was withdrawn: %(reason)s. Correct the map;"
            " another text is another version, which a second person approves.",
            field="map_text",
            begin=known.sha256[:16],
            reason=known.withdrawn_because,
        )
    if known is None:
        return NotApproved(
            "map-not-proposed",
            "The map translates words into results, so a second person must approve it"
            " first. Check the file with it (Check the file, or --dry-run); the map"
            " then waits for approval under Imports.",
            field="map_text",
        )
    if known.signature is None:
        return NotApproved(
            "map-not-approved",
            "The map (SHA-256 %(begin)s…) translates words into results and waits for"
            " approval. Ask a reviewer or QA, but not %(who)s, who proposed it, to"
            " approve it under Imports.",
            field="map_text",
            begin=known.sha256[:16],
            who=known.proposed_by.printed_name,
        )
    if _signed_digest(known) != digest(text):
        return NotApproved(
            "map-altered",
            "Another text was approved than the map that is stored (SHA-256"
            " %(begin)s…), so the record was altered. Do not import with it, and tell"
            " the administrator.",
            field="map_text",
            begin=known.sha256[:16],
        )
    if known.signature.by_id in person.accounts:
        return NotApproved(
            "map-own",
            "You approved the map (SHA-256 %(begin)s…), so you cannot import with it;"
            " ask another analyst to import the file.",
            field="map_text",
            begin=known.sha256[:16],
        )
    return None


def _signed_digest(column):
    """Return the digest of the map that was signed."""
    record = signatures.read(column.signature.text, COLUMN_MAP).record
    return record[COLUMN_MAP.record]["sha256"]


def map_text(column):
    """Return the canonical text that the approval of a map signs."""
    return chain.canonical(
        {
            "format": COLUMN_MAP.number,
            COLUMN_MAP.record: {
                "sha256": column.sha256,
                "proposed_by": column.proposed_by.username,
                "translations": [
                    {
                        "column": result.column,
                        "test": result.test,
                        "written": written,
                        "text": text,
                    }
                    for result, written, text in column_map.read(
                        column.text
                    ).translations()
                ],
                "text": column.text,
            },
        }
    )


def approve_map(*, column, by, at, confirmation, shown):
    """Sign that the translations of a map are right; return the map."""
    with audit.act(by=by, at=at, action="approve_map") as act:
        column = act.lock(column)
        step = STEPS["approve_map"]
        permissions.check(
            act, step, subject=f"column map {column}", done=deeds(column, act.by)
        )
        if closed := to_withdraw(column):
            raise closed
        if column.signature_id:
            raise Refusal(
                "approved",
                "%(who)s approved the map already; there is nothing more to sign.",
                who=column.signature.printed_name,
            )
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=map_text(column),
        )
        return act.change(column, signature=signature)


def withdraw_map(*, column, by, at, reason):
    """Withdraw a map, proposed or approved: nothing more is imported with it.

    What was imported with it stays, and `imported` lists it. Raises NoReason.
    """
    with audit.act(by=by, at=at, action="withdraw_map", reason=reason) as act:
        column = act.lock(column)
        permissions.check(act, STEPS["withdraw_map"], subject=f"column map {column}")
        if closed := to_withdraw(column):
            raise closed
        return act.change(
            column,
            withdrawn_at=at,
            withdrawn_by=act.by,
            withdrawn_because=reason.strip(),
        )


def to_withdraw(column):
    """Return why a map is neither approved nor withdrawn now, None if it may be."""
    if column.withdrawn_at is None:
        return None
    return Refusal(
        "withdrawn",
        "The column map was withdrawn on %(day)s: %(reason)s. There is nothing more to"
        " do.",
        day=calendar.today(column.withdrawn_at),
        reason=column.withdrawn_because,
    )


def imported(column):
    """Return the files that were imported with the map, the latest first."""
    # The texts are kept as they were typed; the digest is of their lines.
    keys = [
        pk
        for pk, text in ImportedFile.objects.values_list("pk", "map").iterator()
        if digest(text) == column.sha256
    ]
    return ImportedFile.objects.filter(pk__in=keys).order_by("-pk")


def deeds(column, person):
    """Return what the person did with a proposed map."""
    return frozenset({Deed.DRAFTED} if column.proposed_by_id in person.accounts else ())
