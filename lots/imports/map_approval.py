"""Approval of a column map that translates words into results.

"n.d." in a file becomes ND, which may pass; so a second person signs the map, once for
each version of it, before anybody imports with it. Whoever proposed it does not approve
it, and whoever approved it does not import with it (EU GMP Annex 11, 6: a second check
of critical data entered by hand; chapter 4, 4.3).
"""

import hashlib

from lots.accounts import permissions
from lots.evidence import audit, signatures
from lots.imports import column_map
from lots.models import ColumnMap
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
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    return hashlib.sha256(lines.encode()).hexdigest()


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
    if known.signature.by_id in person.accounts:
        return NotApproved(
            "map-own",
            "You approved the map (SHA-256 %(begin)s…), so you cannot import with it;"
            " ask another analyst to import the file.",
            field="map_text",
            begin=known.sha256[:16],
        )
    return None


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


def deeds(column, person):
    """Return what the person did with a proposed map."""
    return frozenset({Deed.DRAFTED} if column.proposed_by_id in person.accounts else ())
