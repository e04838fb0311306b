"""Sentences about lots that came: logged, sampled, imported, tested again."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.history.record_names import testing, use_name
from lots.history.recorded_acts import NotTold, new
from lots.history.sentences import clauses, values


def _logging(act, known):
    """A lot that came, its samples and its documents."""
    told = {"who": clauses.who(act), "lot": clauses.lot_number(act, known)}
    match act.head.action:
        case "log":
            told["use"] = use_name(new(act.the("lots_lot"), "use"))
            parents = [
                clauses.new_name(known, entry, "lots_lot", "parent_id")
                for entry in act.created("lots_parentage")
            ]
            if parents:
                told["parents"] = clauses.listed(parents)
                return (
                    _(
                        "%(who)s logged lot %(lot)s for %(use)s use, made from"
                        " %(parents)s"
                    )
                    % told
                )
            return _("%(who)s logged lot %(lot)s for %(use)s use") % told
        case "sample":
            entry = act.the("lots_sample")
            told |= {
                "sample": known.of(entry),
                "quantity": new(entry, "quantity"),
                "taker": new(entry, "taken_by"),
                "day": new(entry, "taken_on"),
                "purpose": new(entry, "purpose"),
            }
            return (
                _(
                    "%(who)s recorded sample %(sample)s of lot %(lot)s: %(quantity)s,"
                    " taken by %(taker)s on %(day)s; purpose: %(purpose)s"
                )
                % told
            )
        case "open_raw_data":
            told["files"] = clauses.listed(
                new(entry, "title") for entry in act.of("lots_attachment")
            )
            return _("%(who)s opened %(files)s of lot %(lot)s") % told
        case "attach":
            entry = act.the("lots_attachment")
            told |= {
                "title": known.of(entry),
                "file": clauses.new_name(known, entry, "lots_document", "document_id"),
                "result": clauses.new_name(known, entry, "lots_result", "result_id"),
            }
            if told["result"]:
                return (
                    _(
                        "%(who)s attached %(title)s (%(file)s) to %(result)s of lot"
                        " %(lot)s"
                    )
                    % told
                )
            return _("%(who)s attached %(title)s (%(file)s) to lot %(lot)s") % told
        case _:
            told["file"] = clauses.new_name(
                known, act.the("lots_lot"), "lots_document", "original_certificate_id"
            )
            return (
                _(
                    "%(who)s attached the manufacturer's certificate (%(file)s) to lot"
                    " %(lot)s"
                )
                % told
            )


def _test_order(act, known):
    """A further occasion of testing, or a further specification for one."""
    assessments = act.created("lots_assessment")
    told = {"who": clauses.who(act), "lot": clauses.lot_number(act, known)}
    told["specifications"] = clauses.listed(
        clauses.new_name(known, entry, "lots_specification", "specification_id")
        for entry in assessments
    )
    if act.head.action == "assess":
        told["testing"] = testing(
            known.row("lots_assessment", act.the("lots_assessment").record).get(
                "test_order__occasion", ""
            )
        )
        main = (
            _(
                "%(who)s added an assessment of lot %(lot)s against"
                " %(specifications)s to %(testing)s"
            )
            % told
        )
        return clauses.joined(main, *values.verdicts(act, known), values.opened(act))
    told["testing"] = testing(new(act.the("lots_examination"), "occasion"))
    return (
        _(
            "%(who)s opened a test order of lot %(lot)s for %(testing)s, against"
            " %(specifications)s"
        )
        % told
    )


def _import(act, known):
    """A file of lots that was checked or imported; a map approved or withdrawn."""
    if act.head.action == "withdraw_map":
        return _("%(who)s withdrew %(map)s") % {
            "who": clauses.who(act),
            "map": known.of(act.the("lots_columnmap")),
        }
    if act.head.action == "approve_map":
        main = _("%(who)s approved %(map)s") % {
            "who": clauses.who(act),
            "map": known.of(act.the("lots_columnmap")),
        }
        return clauses.signed(act, main)
    if act.head.action == "check_import":
        note = next((one for one in act.entries if new(one, "file")), None)
        if note is None:
            raise NotTold("file")
        told = {
            "who": clauses.who(act),
            "file": new(note, "file"),
            "new": new(note, "new"),
        }
        told["n"] = int(new(note, "rows"))
        main = (
            ngettext(
                "%(who)s checked %(file)s for import: %(n)s row, %(new)s of new lots",
                "%(who)s checked %(file)s for import: %(n)s rows, %(new)s of new lots",
                told["n"],
            )
            % told
        )
        proposed = act.created("lots_columnmap")
        if not proposed:
            return main
        return clauses.joined(
            main,
            _("proposed %(map)s for approval") % {"map": known.of(proposed[0])},
        )
    files = act.created("lots_importedfile")
    if files:
        told = {"who": clauses.who(act), "n": int(new(files[0], "rows"))}
        told["file"] = clauses.new_name(known, files[0], "lots_document", "document_id")
        return (
            ngettext(
                "%(who)s imported %(n)s lot from %(file)s",
                "%(who)s imported %(n)s lots from %(file)s",
                told["n"],
            )
            % told
        )
    entry = act.the("lots_lot")
    results = act.created("lots_result")
    told = {"who": clauses.who(act), "lot": known.of(entry), "n": len(results)}
    told["use"] = use_name(new(entry, "use"))
    told["file"] = clauses.new_name(known, entry, "lots_importedfile", "imported_id")
    if len(act.created("lots_lot")) > 1:
        return _("%(who)s imported lots from %(file)s") % told
    main = (
        ngettext(
            "%(who)s imported lot %(lot)s for %(use)s use with %(n)s result from"
            " %(file)s",
            "%(who)s imported lot %(lot)s for %(use)s use with %(n)s results from"
            " %(file)s",
            len(results),
        )
        % told
    )
    return clauses.joined(main, *values.verdicts(act, known), values.opened(act))


SENTENCES = {
    **dict.fromkeys(
        ("attach", "attach_original", "log", "open_raw_data", "sample"), _logging
    ),
    **dict.fromkeys(("assess", "examine"), _test_order),
    **dict.fromkeys(("approve_map", "check_import", "import", "withdraw_map"), _import),
}
