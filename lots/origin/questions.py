"""Questions: what happened outside a lot that puts its release in question.

A parent lot of any generation that is on hold, recalled, void, failing or under
investigation; a qualification that was suspended or withdrawn for cause; a periodic
test that failed, without which the lot was released. Written once, in SQL: whoever
filters, counts or shows one lot asks the same. Reads, never writes (ICH Q7 8.4, 14.2;
docs/decisions/0025).
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from lots.models import (
    Approval,
    Assessment,
    AssessmentState,
    Criterion,
    Investigation,
    Lot,
    LotState,
    LotStatus,
    Mark,
    MarkKind,
    Origin,
    Parentage,
    PeriodicFailure,
    Qualification,
    Result,
    Signature,
    TestOrder,
    Unaffected,
)
from lots.rules import uses
from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.verdicts import Requirement

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
    PERIODIC = "periodic", _("Failure of a periodic test"), True


# What each cause points at.
Source: TypeAlias = "Lot | Qualification | PeriodicFailure"
_SOURCES: dict[Cause, type[Lot] | type[Qualification] | type[PeriodicFailure]] = {
    Cause.PARENT: Lot,
    Cause.HOLD: Lot,
    Cause.QUALIFICATION: Qualification,
    Cause.PERIODIC: PeriodicFailure,
}
_WITH = {
    Lot: ("status",),
    Qualification: ("site__organisation",),
    PeriodicFailure: ("lot", "test"),
}


def _reached() -> str:
    """Return the SQL of `reached`: each lot in question, by what, and for which uses.

    No uses: for every use. What is asked of a parent goes down to all that was made of
    what was made of it; where QA signed that it does not touch a lot, it ends there.
    """
    tables = {
        model.__name__.lower(): connection.ops.quote_name(model._meta.db_table)
        for model in (
            Assessment,
            Criterion,
            Investigation,
            Lot,
            LotStatus,
            Mark,
            Parentage,
            PeriodicFailure,
            Qualification,
            Result,
            Signature,
            TestOrder,
            Unaffected,
        )
    }
    words = {
        "hold": Cause.HOLD,
        "parent": Cause.PARENT,
        "caused": Cause.QUALIFICATION,
        "untested": Cause.PERIODIC,
        "if_released": AssessmentState.RELEASED,
        "if_periodic": Requirement.PERIODIC,
        "if_reviewed": MarkKind.REVIEWED,
        "if_invalidated": MarkKind.INVALIDATED,
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


# Names of tables and words of this program, nothing that a user can send. SQLite takes
# what is joined by CROSS JOIN in the order in which it stands: from the few causes to
# their lots, and never through all lots.
_REACHED = """
WITH RECURSIVE cleared(lot_id, cause, source_id) AS (
    SELECT lot_id, CASE WHEN held_id IS NOT NULL THEN '%(hold)s'
        WHEN failure_id IS NOT NULL THEN '%(untested)s' ELSE '%(caused)s' END,
        COALESCE(held_id, failure_id, qualification_id)
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
    FROM %(qualification)s cause CROSS JOIN %(qualification)s alike
    CROSS JOIN %(lot)s lot
    WHERE alike.material_id = cause.material_id AND alike.site_id = cause.site_id
    AND alike.use = cause.use AND alike.process = cause.process
    AND lot.qualification_id = alike.id
    AND cause.cause_since IS NOT NULL AND lot.manufactured_on >= cause.cause_since
    AND (cause.state = '%(if_suspended)s' OR lot.logged_at <= cause.caused_at)
    AND NOT EXISTS (
        SELECT 1 FROM cleared WHERE cleared.lot_id = lot.id
        AND cleared.cause = '%(caused)s' AND cleared.source_id = cause.id)
    UNION
    SELECT lot.id, '%(untested)s', failure.id, ' ' || one.use || ' '
    FROM %(periodicfailure)s failure CROSS JOIN %(lot)s failed
    CROSS JOIN %(qualification)s own CROSS JOIN %(qualification)s alike
    CROSS JOIN %(lot)s lot CROSS JOIN %(assessment)s one
    CROSS JOIN %(signature)s signed CROSS JOIN %(criterion)s asked
    WHERE failed.id = failure.lot_id AND own.id = failed.qualification_id
    AND alike.material_id = own.material_id AND alike.site_id = own.site_id
    AND alike.use = own.use AND alike.process = own.process
    AND lot.qualification_id = alike.id
    AND lot.id > COALESCE(failure.passed_id, 0) AND lot.id <> failed.id
    AND one.lot_id = lot.id AND one.state = '%(if_released)s'
    AND signed.id = one.signature_id
    AND signed.id < COALESCE(failure.signature_id, signed.id + 1)
    AND asked.specification_id = one.specification_id
    AND asked.test_id = failure.test_id AND asked.requirement = '%(if_periodic)s'
    AND NOT EXISTS (
        SELECT 1 FROM %(testorder)s ordered
        JOIN %(result)s found ON found.examination_id = ordered.id
        JOIN %(mark)s signed_for ON signed_for.result_id = found.id
        WHERE ordered.lot_id = lot.id AND found.test_id = failure.test_id
        AND signed_for.kind = '%(if_reviewed)s' AND signed_for.at <= signed.at
        AND NOT EXISTS (
            SELECT 1 FROM %(mark)s gone WHERE gone.result_id = found.id
            AND gone.kind = '%(if_invalidated)s'))
    AND NOT EXISTS (
        SELECT 1 FROM cleared WHERE cleared.lot_id = lot.id
        AND cleared.cause = '%(untested)s' AND cleared.source_id = failure.id)
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
        f"{_reached()} SELECT one.{column} FROM reached CROSS JOIN {table} one"
        " WHERE one.lot_id = reached.lot_id AND (reached.uses = ''"
        f" OR reached.uses LIKE '%% ' || one.use || ' %%') {more}",
        (),
    )


@dataclass(frozen=True)
class Question:
    """What puts a lot in question: a cause, what it points at, the uses.

    No uses: for every use. `key` names it on a page.
    """

    cause: Cause
    source: Source
    uses: str = ""

    @property
    def key(self) -> str:
        return f"{self.cause}-{self.source.pk}"

    @property
    def name(self) -> str:
        """Return what it is called: a lot number, or a process."""
        if isinstance(self.source, Qualification):
            return self.source.process
        if isinstance(self.source, PeriodicFailure):
            return self.source.lot.number
        return self.source.number

    @property
    def since(self) -> datetime.datetime:
        """Return since when it puts lots in question."""
        if isinstance(self.source, Qualification):
            return self.source.caused_at or self.source.drafted_at
        if isinstance(self.source, PeriodicFailure):
            return self.source.failed_at
        if self.source.state == LotState.QUARANTINE and not self.uses:
            return self.source.status.investigated_at or self.source.status.stage_at
        return self.source.status.stage_at

    def touches(self, use: str) -> bool:
        """Say whether a release for the use is in question by it."""
        return not self.uses or f" {use} " in self.uses

    @property
    def why(self) -> Refusal:
        """Return what happened, as a sentence."""
        if isinstance(self.source, Qualification):
            return self._of_qualification()
        if isinstance(self.source, PeriodicFailure):
            return Refusal(
                "periodic-failure",
                "%(test)s failed on lot %(failed)s, and this lot was released without"
                " that test since it last passed.",
                test=self.source.test.name,
                failed=self.source.lot.number,
            )
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

    In one query where nothing does, and in four at most.
    """
    return of_lots([lot.pk])[lot.pk]


def of_lots(keys: Sequence[int]) -> dict[int, list[Question]]:
    """Return by its key what puts each of a page of lots in question."""
    found: dict[int, list[Question]] = {key: [] for key in keys}
    if not keys:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_reached()} SELECT lot_id, cause, source_id, uses FROM reached"
            f" WHERE lot_id IN ({', '.join(['%s'] * len(keys))})"
            " ORDER BY cause DESC, source_id, uses",
            list(keys),
        )
        rows = cursor.fetchall()
    of_kind: dict[type[Any], set[int]] = {}
    for _lot, cause, key, _uses in rows:
        of_kind.setdefault(_SOURCES[Cause.of(cause)], set()).add(key)
    sources: dict[type[Any], Mapping[int, Source]] = {
        kind: kind._default_manager.select_related(*_WITH[kind]).in_bulk(sought)
        for kind, sought in of_kind.items()
    }
    for lot_id, cause, key, uses_of in rows:
        source = sources[_SOURCES[Cause.of(cause)]][key]
        found[lot_id].append(Question(Cause.of(cause), source, uses_of))
    return found


def closing(lot: Lot, use: str) -> list[Refusal]:
    """Return what a qualification or a periodic test holds against a release.

    While a qualification is suspended, nothing passes at all
    (`lots.setup.valid_qualification`); parents are asked by themselves
    (`lots.origin.genealogy`).
    """
    return [
        one.why
        for one in of_lot(lot)
        if one.touches(use)
        and (
            one.cause == Cause.PERIODIC
            or (
                isinstance(one.source, Qualification)
                and one.source.state == Approval.WITHDRAWN
            )
        )
    ]
