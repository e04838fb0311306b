"""Release days: on which days QA can release a lot that is complete.

What closes a release often happens to no lot: a qualification is suspended or ends, a
specification is retired, a minimum is approved, a parent lot is held. So the days are
worked out by what the release itself asks (`blockers.to_release`), kept beside the lot
status, and worked out again in each act that can change them. Lists and counts then ask
for the day alone.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from django.db.models import Exists, OuterRef, Q

from lots import calendar
from lots.evaluation import evaluator
from lots.evaluation.outcome import LotEvaluation
from lots.evidence import chained_names
from lots.evidence.audit import Act, act_ends
from lots.models import (
    AlternativeUse,
    Approval,
    Assessment,
    AssessmentState,
    Lot,
    LotStatus,
    Material,
    Organisation,
    PeriodicFailure,
    PrintedIdentity,
    Qualification,
    ReleaseDays,
    Site,
    Specification,
    Stage,
    Statement,
)
from lots.origin import genealogy
from lots.workflow import blockers

# First and last day; without a first, it is open already.
Days: TypeAlias = tuple[datetime.date | None, datetime.date]

# What a release asks that is of no lot, and how each is of a material. What is of none
# concerns all lots.
_OF_MATERIAL = {
    Qualification: "material",
    Specification: "material",
    AlternativeUse: "material",
    Material: "pk",
    Statement: "material",
    PeriodicFailure: "lot__material",
    Organisation: "",
    Site: "",
    PrintedIdentity: "",
}
_DAY = datetime.timedelta(days=1)
# So many lots are evaluated at once.
_AT_ONCE = 50
# What an act changes that lets a lot be no longer to release.
DECIDED_BY = (chained_names.table(Assessment), chained_names.table(Lot))


def open_on(on: datetime.date) -> Exists:
    """Return the condition of statuses whose lot can be released on a day."""
    return Exists(
        ReleaseDays.objects.filter(
            Q(first_on=None) | Q(first_on__lte=on), lot=OuterRef("lot"), last_on__gte=on
        )
    )


def worked_out(
    evaluated: LotEvaluation, *, on: datetime.date, turns: "Turns | None" = None
) -> list[Days]:
    """Return the days from `on` on which an assessment of the lot can be released.

    By the evaluation as it is now, and asked anew of each day on which a qualification
    begins or has ended: nothing else that closes a release comes or goes with a day,
    but the date of the lot. `turns` are asked once for many lots.
    """
    complete = [
        one
        for one in evaluated.assessments
        if one.assessment.state == AssessmentState.COMPLETE and not one.blockers
    ]
    if not complete:
        return []
    came_from = list(genealogy.ancestors(evaluated.lot))
    turns = Turns() if turns is None else turns
    made_of = {evaluated.lot, *(parent for parent, _origin in came_from)}
    days = [on, *sorted(turns.of(made_of, after=on))]
    found: list[Days] = []
    for first, following in zip(days, [*days[1:], None], strict=True):
        last = max(
            (
                blockers.last_day(evaluated, one.assessment)
                for one in complete
                if not blockers.to_release(
                    evaluated, one.assessment, on=first, came_from=came_from
                )
            ),
            default=None,
        )
        if last is None:
            continue
        if following is not None:
            last = min(last, following - _DAY)
        begins = None if first == on else first
        if found and found[-1][1] == first - _DAY:
            begins = found.pop()[0]
        found.append((begins, last))
    return found


class Turns:
    """The days on which another qualification may stand, asked once for alike lots."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, str], set[datetime.date]] = {}

    def of(self, lots: Iterable[Lot], *, after: datetime.date) -> set[datetime.date]:
        """Return the days after `after` on which it may for one of the lots."""
        kinds = {(lot.material_id, lot.site_id, lot.use) for lot in lots}
        for kind in kinds - self._known.keys():
            self._known[kind] = set(_turns(*kind))
        return {day for kind in kinds for day in self._known[kind] if day > after}


def _turns(material: int, site: int, use: str) -> Iterator[datetime.date]:
    """Yield the days on which a qualification begins or has ended."""
    kept = Qualification.objects.filter(
        material=material, site=site, use=use, state=Approval.APPROVED
    )
    for begins, ends in kept.values_list("valid_from", "valid_until"):
        yield begins
        if ends is not None:
            yield ends + _DAY


def keep(
    evaluated: LotEvaluation,
    stage: Stage,
    *,
    on: datetime.date,
    turns: Turns | None = None,
) -> None:
    """Store the release days of a lot with this stage: none but of one to release."""
    lot = evaluated.lot
    days = (
        worked_out(evaluated, on=on, turns=turns) if stage == Stage.TO_RELEASE else []
    )
    if days != stored(lot):
        store(lot, days)


def stored(lot: Lot) -> list[Days]:
    """Return the release days of a lot as they are stored."""
    return [(one.first_on, one.last_on) for one in lot.release_days.all()]


def store(lot: Lot, days: Sequence[Days]) -> None:
    """Let the lot have these release days, and no others."""
    ReleaseDays.objects.filter(lot=lot).delete()
    ReleaseDays.objects.bulk_create(
        ReleaseDays(lot=lot, first_on=first, last_on=last) for first, last in days
    )


def since(days: Iterable[Days], on: datetime.date) -> list[Days]:
    """Return the release days as they are worked out on a later day."""
    return [
        (None if first is None or first <= on else first, last)
        for first, last in days
        if last >= on
    ]


def follow(act: Act, **_signal: object) -> None:
    """Work out anew the days of the lots that an act concerns, as the last of it.

    Those that it affects itself, and those that what it changes beside lots may close
    or open. No other act ends meanwhile: what came before is seen, and what comes after
    sees this. So no lot is locked. Who acts on one now works out its days after this.
    """
    if concerned := _concerned(act):
        act.take_turn()
        affected = ReleaseDays.objects.filter(lot__in=act.affected_lots)
        affected.exclude(lot__status__stage=Stage.TO_RELEASE).delete()
        for lots in concerned:
            _look_again(lots, on=calendar.today(act.at))


def _concerned(act: Act) -> list[Q]:
    """Return the conditions of the statuses that the act concerns; several may hold."""
    found = [Q(pk__in=act.affected_lots)] if act.affected_lots else []
    materials: set[int] = set()
    for model, path in _OF_MATERIAL.items():
        keys = act.changed(chained_names.table(model))
        if keys and not path:
            return [Q()]
        if keys:
            rows = model._default_manager.filter(pk__in=keys)
            materials |= set(rows.values_list(path, flat=True))
    return [*found, Q(material__in=materials)] if materials else found


def _look_again(lots: Q, *, on: datetime.date) -> None:
    """Work out anew the days of those lots that are to be released."""
    waiting = LotStatus.objects.filter(lots, stage=Stage.TO_RELEASE)
    keys = sorted(waiting.values_list("pk", flat=True))
    turns = Turns()
    for start in range(0, len(keys), _AT_ONCE):
        found = Lot.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        read = found.prefetch_related("qualification", "release_days").order_by("pk")
        for evaluated in evaluator.evaluate_all(read).values():
            keep(evaluated, Stage.TO_RELEASE, on=on, turns=turns)


def connect() -> None:
    """Let each act end with it."""
    act_ends.connect(follow, dispatch_uid="lots.release_days")
