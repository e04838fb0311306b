"""Sentences about certificates: numbered, stored, revised, withdrawn."""

from django.utils.translation import gettext as _

from lots.history.recorded_acts import new
from lots.history.sentences import clauses


def _certificate(act, known):
    """Certificates: numbered, printed and stored, revised, withdrawn."""
    created = act.created("reports_certificate")
    entry = (created or [act.the("reports_certificate")])[0]
    told = {"who": clauses.who(act), "number": known.of(entry)}
    if act.head.action == "store_certificate":
        return _certificate_stored(act, known, told)
    if act.head.action == "withdraw":
        return _("%(who)s withdrew certificate %(number)s") % told
    told |= {
        "lot": clauses.new_name(known, entry, "lots_lot", "lot_id"),
        "what": clauses.new_name(known, entry, "lots_assessment", "assessment_id"),
        "customer": clauses.new_name(known, entry, "lots_organisation", "customer_id"),
        "earlier": clauses.new_name(
            known, entry, "reports_certificate", "supersedes_id"
        ),
        "first": clauses.new_name(
            known, entry, "reports_certificate", "duplicate_of_id"
        ),
    }
    match act.head.action, bool(told["customer"]):
        case "revise", _any:
            main = _(
                "%(who)s revised certificate %(earlier)s of lot %(lot)s (%(what)s) as"
                " %(number)s"
            )
        case "duplicate", True:
            main = _(
                "%(who)s issued certificate %(number)s to %(customer)s as a duplicate"
                " of %(first)s"
            )
        case "duplicate", False:
            main = _(
                "%(who)s issued certificate %(number)s as a duplicate of %(first)s"
            )
        case _any, True:
            main = _(
                "%(who)s issued certificate %(number)s of lot %(lot)s (%(what)s) to"
                " %(customer)s"
            )
        case _:
            main = _("%(who)s issued certificate %(number)s of lot %(lot)s (%(what)s)")
    return main % told


def _certificate_stored(act, known, told):
    entries = act.changed("reports_certificate")
    made = next((one for one in entries if new(one, "pdf_sha256")), None)
    if made is None:
        told["number"] = known.of(entries[0])
        told["trouble"] = str(new(entries[0], "state_reason") or "").rstrip(".")
        return (
            _(
                "%(who)s could not print certificate %(number)s, which is withdrawn:"
                " %(trouble)s"
            )
            % told
        )
    told["number"] = known.of(made)
    return clauses.joined(
        _("%(who)s stored the file of certificate %(number)s") % told,
        clauses.superseded(act, known, "reports_certificate"),
    )


SENTENCES = {
    **dict.fromkeys(
        ("duplicate", "issue", "revise", "store_certificate", "withdraw"), _certificate
    ),
}
