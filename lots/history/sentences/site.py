"""Sentences about the site: its start, its clock, its return from a backup."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots.history import changes
from lots.history.recorded_acts import new
from lots.history.sentences import clauses


def _restore(act):
    """A backup put in place, of an empty database or of one that was in use."""
    facts = act.of("")[-1] if act.of("") else act.head
    person = (new(facts, "person") or "").rpartition(" (")[0]
    told = {
        "who": person or clauses.who(act),
        "made_at": changes.moment(new(facts, "made_at") or ""),
        "entries": new(facts, "entries"),
        "before": new(facts, "replaced_entries"),
    }
    if told["before"]:
        return (
            _(
                "%(who)s restored the backup of %(made_at)s, which holds %(entries)s"
                " audit entries, in the place of a database with %(before)s; every"
                " password is one-time"
            )
            % told
        )
    return (
        _(
            "%(who)s restored the backup of %(made_at)s, which holds %(entries)s audit"
            " entries"
        )
        % told
    )


def _installation(act, known):
    """The start of a site, its return from a backup, and its clock."""
    if act.head.action == "accept_clock":
        return _(
            "%(who)s and %(second)s accepted the clock of the server, after an entry"
            " of %(latest)s"
        ) % {
            "who": clauses.who(act),
            "second": (new(act.head, "second") or "").rpartition(" (")[0],
            "latest": changes.moment(new(act.head, "latest_before") or ""),
        }
    if act.head.action == "restore":
        return _restore(act)
    people = act.created("lots_user")
    told = {"who": clauses.who(act), "n": len(people)}
    told["people"] = clauses.listed(map(known.of, people))
    if act.head.action == "start_training":
        return (
            ngettext(
                "%(who)s started the training site with %(n)s account: %(people)s",
                "%(who)s started the training site with %(n)s accounts: %(people)s",
                len(people),
            )
            % told
        )
    return (
        ngettext(
            "%(who)s started the site with %(n)s account: %(people)s",
            "%(who)s started the site with %(n)s accounts: %(people)s",
            len(people),
        )
        % told
    )


SENTENCES = {
    **dict.fromkeys(
        ("accept_clock", "restore", "start_site", "start_training"), _installation
    ),
}
