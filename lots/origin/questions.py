"""Questions: what happened outside a lot that puts its release in question.

A parent lot of any generation that is on hold, recalled, void, failing or under
investigation; a qualification that was suspended or withdrawn for cause. Written once,
in SQL: whoever filters, counts or shows one lot asks the same. Reads, never writes
(ICH Q7 8.4, 14.2; docs/decisions/0025).
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from lots.models import (
    Approval,
    Assessment,
    AssessmentState,
    Investigation,
    Lot,
    LotState,
    LotStatus,
    Origin,
    Parentage,
    Qualification,
    Unaffected,
)
from lots.rules import uses
from lots.rules.coded import Coded
from lots.rules.coded import gettext_noop as _
from lots.rules.refusal import Refusal, Word

# What only mixes or moves a lot takes over what is wrong with it.
UNCHANGED = (Origin.BLEND, Origin.REPACKING)
# A rejected lot may be made into something else (ICH Q7 14.2).
REMADE = (Origin.REPROCESSING, Origin.REWORK)


class Cause(Coded):
    """What puts a lot in question; QA may sign of a clearable one that it does not."""

    is_clearable: bool

    def __init__(self, _code: str, _word: str, is_clearable: bool = False) -> None:
        self.is_clearable = is_clearable

    PARENT = "parent", _("Parent lot")
    HOLD = "hold", _("Hold of a parent lot"), True
    QUALIFICATION = "qualification", _("Qualification"), True


def _reached() -> str:
    """Return the SQL of `reached`: each lot in question, by what, and for which uses.

    No uses: for every use. What is asked of a parent goes down to all that was made of
    what was made of it; where QA signed that it does not touch a lot, it ends there.
    """
    tables = {
        model.__name__.lower(): connection.ops.quote_name(model._meta.db_table)
        for model in (
            Investigation,
            Lot,
            LotStatus,
            Parentage,
            Qualification,
            Unaffected,
        )
    }
    words = {
        "hold": Cause.HOLD,
        "parent": Cause.PARENT,
        "caused": Cause.QUALIFICATION,
        "if_held": LotState.ON_HOLD,
        "if_rejected": LotState.REJECTED,
        "gone": _listed(LotState.RECALLED, LotState.VOID),
        "remade": _listed(*REMADE),
        "unchanged": _listed(*UNCHANGED),
        "if_suspended": Approval.SUSPENDED,
    }
    return _REACHED % (tables | words)


def _listed(*codes: str) -> str:
    return ", ".join(f"'{code}'" for code in codes)


# Names of tables and words of this program, nothing that a user can send.
_REACHED = """
WITH RECURSIVE cleared(lot_id, cause, source_id) AS (
    SELECT lot_id, CASE WHEN held_id IS NULL THEN '%(caused)s' ELSE '%(hold)s' END,
        COALESCE(held_id, qualification_id)
    FROM %(unaffected)s WHERE NOT is_over
), failing(lot_id, uses) AS (
    SELECT lot_id, '' FROM %(investigation)s WHERE closed_at IS NULL
    UNION
    SELECT lot_id, failing_uses FROM %(lotstatus)s WHERE failing_uses > ''
), reached(lot_id, cause, source_id, uses) AS (
    SELECT made.lot_id, '%(hold)s', made.parent_id, ''
    FROM %(lot)s source JOIN %(parentage)s made ON made.parent_id = source.id
    WHERE source.state = '%(if_held)s' AND NOT EXISTS (
        SELECT 1 FROM cleared WHERE cleared.lot_id = made.lot_id
        AND cleared.cause = '%(hold)s' AND cleared.source_id = source.id)
    UNION
    SELECT made.lot_id, '%(parent)s', made.parent_id, ''
    FROM %(lot)s source JOIN %(parentage)s made ON made.parent_id = source.id
    WHERE source.state IN (%(gone)s)
    UNION
    SELECT made.lot_id, '%(parent)s', made.parent_id, ''
    FROM %(lot)s source JOIN %(parentage)s made ON made.parent_id = source.id
    JOIN %(lot)s child ON child.id = made.lot_id
    WHERE source.state = '%(if_rejected)s' AND child.origin NOT IN (%(remade)s)
    UNION
    SELECT made.lot_id, '%(parent)s', made.parent_id, failing.uses
    FROM failing JOIN %(parentage)s made ON made.parent_id = failing.lot_id
    JOIN %(lot)s child ON child.id = made.lot_id
    WHERE child.origin IN (%(unchanged)s)
    UNION
    SELECT lot.id, '%(caused)s', cause.id, ''
    FROM %(qualification)s cause JOIN %(qualification)s alike
        ON alike.material_id = cause.material_id AND alike.site_id = cause.site_id
        AND alike.use = cause.use AND alike.process = cause.process
    JOIN %(lot)s lot ON lot.qualification_id = alike.id
    WHERE cause.cause_since IS NOT NULL AND lot.manufactured_on >= cause.cause_since
    AND (cause.state = '%(if_suspended)s' OR lot.logged_at <= cause.caused_at)
    AND NOT EXISTS (
        SELECT 1 FROM cleared WHERE cleared.lot_id = lot.id
        AND cleared.cause = '%(caused)s' AND cleared.source_id = cause.id)
    UNION
    SELECT made.lot_id, reached.cause, reached.source_id, reached.uses
    FROM reached JOIN %(parentage)s made ON made.parent_id = reached.lot_id
    WHERE NOT EXISTS (
        SELECT 1 FROM cleared WHERE cleared.lot_id = made.lot_id
        AND cleared.cause = reached.cause AND cleared.source_id = reached.source_id)
)
"""


def in_question() -> Q:
    """Return the condition on records with an `assessment` that is in question."""
    return Q(assessment__in=_assessments("id"))


def released_in_question() -> Q:
    """Return the condition on records with a `lot` that has a release in question."""
    return Q(
        lot__in=_assessments("lot_id", f"AND one.state = '{AssessmentState.RELEASED}'")
    )


def _assessments(column: str, more: str = "") -> RawSQL:
    table = connection.ops.quote_name(Assessment._meta.db_table)
    return RawSQL(
        f"{_reached()} SELECT one.{column} FROM reached JOIN {table} one"
        " ON one.lot_id = reached.lot_id WHERE (reached.uses = ''"
        f" OR reached.uses LIKE '%% ' || one.use || ' %%') {more}",
        (),
    )


@dataclass(frozen=True)
class Question:
    """What puts a lot in question: a cause, the lot or qualification, the uses.

    No uses: for every use. `key` names it on a page.
    """

    cause: Cause
    source: Lot | Qualification
    uses: str = ""

    @property
    def key(self) -> str:
        return f"{self.cause}-{self.source.pk}"

    @property
    def name(self) -> str:
        """Return what it is called: a lot number, or a process."""
        return (
            self.source.number if isinstance(self.source, Lot) else self.source.process
        )

    def touches(self, use: str) -> bool:
        """Say whether a release for the use is in question by it."""
        return not self.uses or f" {use} " in self.uses

    @property
    def why(self) -> Refusal:
        """Return what happened, as a sentence."""
        if self.cause == Cause.QUALIFICATION:
            return self._of_qualification()
        assert isinstance(self.source, Lot)
        told = {"parent": self.source.number}
        if self.source.state != LotState.QUARANTINE:
            return Refusal(
                "parent-state",
                "Parent lot %(parent)s is %(state)s (%(reason)s).",
                state=Word(LotState.of(self.source.state).said),
                reason=self.source.state_reason,
                **told,
            )
        if self.uses:
            return Refusal(
                "parent-fails",
                "A valid result of parent lot %(parent)s fails for %(use)s use.",
                use=Word(uses.use(self.uses.split()[0]).said),
                **told,
            )
        return Refusal(
            "parent-investigation",
            "Parent lot %(parent)s is under investigation.",
            **told,
        )

    def _of_qualification(self) -> Refusal:
        assert isinstance(self.source, Qualification)
        return Refusal(
            "qualification-cause",
            "The qualification of %(site)s for the process %(process)s was %(state)s"
            " for cause (%(reason)s), and lots manufactured on %(since)s or later are"
            " in question.",
            site=str(self.source.site),
            process=self.source.process,
            state=Word(Approval.of(self.source.state).said),
            reason=self.source.state_reason,
            since=self.source.cause_since,
        )


def of_lot(lot: Lot) -> list[Question]:
    """Return what puts the lot in question, parents first, each in the order of keys.

    In one query where nothing does, and in three at most.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_reached()} SELECT cause, source_id, uses FROM reached"
            " WHERE lot_id = %s ORDER BY cause DESC, source_id, uses",
            [lot.pk],
        )
        rows = cursor.fetchall()
    keys = {
        kind: [source for cause, source, _uses in rows if _kind(cause) == kind]
        for kind in (Lot, Qualification)
    }
    lots = Lot.objects.in_bulk(keys[Lot]) if keys[Lot] else {}
    qualifications = (
        Qualification.objects.select_related("site__organisation").in_bulk(
            keys[Qualification]
        )
        if keys[Qualification]
        else {}
    )
    found: dict[int, Lot] | dict[int, Qualification]
    questions = []
    for cause, source, for_uses in rows:
        found = lots if _kind(cause) is Lot else qualifications
        questions.append(Question(Cause.of(cause), found[source], for_uses))
    return questions


def _kind(cause: str) -> type[Lot] | type[Qualification]:
    return Qualification if cause == Cause.QUALIFICATION else Lot


def of_qualifications(lot: Lot, use: str) -> list[Refusal]:
    """Return what a qualification withdrawn for cause holds against a release.

    While one is suspended, nothing passes at all (`lots.setup.valid_qualification`);
    parents are asked by themselves (`lots.origin.genealogy`).
    """
    return [
        one.why
        for one in of_lot(lot)
        if one.cause == Cause.QUALIFICATION
        and one.source.state == Approval.WITHDRAWN
        and one.touches(use)
    ]
