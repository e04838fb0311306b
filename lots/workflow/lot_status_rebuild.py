"""Rebuild of the lot status: every row calculated again from the records.

For after a rule changed, and to see whether anybody changed a row behind the program's
back. A migration that changes what a status is worked out from, or by, calls `mark`;
`manage.py migrate` then rebuilds what is marked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lots import calendar
from lots.evaluation import evaluator
from lots.models import AuditEntry, Lot, LotStatus, ReleaseDays, Stage
from lots.workflow import lot_status, release_days
from lots.workflow.release_days import Days

# So many lots are read at once, and rebuilt in one transaction.
LOTS_AT_ONCE = 100
_COLUMNS = tuple(
    field.attname
    for field in LotStatus._meta.concrete_fields
    if not field.generated and not field.primary_key
)


@dataclass(frozen=True)
class Difference:
    """A lot whose status is not what its records say, and the columns that differ.

    `release_days` among them are the days kept beside it.

    No columns: the lot has no row.
    """

    number: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        said = ", ".join(self.columns) or "it has no row"
        return f"{self.number} ({said})"


@dataclass(frozen=True)
class Rebuilt:
    """How many lots there are, and those whose status was another one."""

    lots: int
    differed: tuple[Difference, ...]

    def __str__(self) -> str:
        lots = "1 lot" if self.lots == 1 else f"{self.lots} lots"
        return f"the status of {lots} was rebuilt, {len(self.differed)} differed"


def differences() -> Iterator[Difference]:
    """Yield the lots whose status is not what their records say. Writes nothing."""
    for keys in _pieces(Lot.objects.all()):
        for _lot, _values, _days, found in _worked_out(Lot.objects.filter(pk__in=keys)):
            if found is not None:
                yield found


def rebuild(*, marked_only: bool = False) -> Rebuilt:
    """Work out every status anew and store those that differ; return how many did.

    Others may go on working: the lots of one piece are locked at a time. One that is
    interrupted is simply repeated. `marked_only` leaves out what no migration marked.
    """
    lots = Lot.objects.filter(status__is_stale=True) if marked_only else Lot.objects
    count, differed = 0, []
    for keys in _pieces(lots.all()):
        with transaction.atomic():
            locked = Lot.objects.select_for_update(of=("self",), no_key=True)
            for lot, values, days, found in _worked_out(locked.filter(pk__in=keys)):
                count += 1
                if found is not None:
                    lot_status.store(lot, values, is_new=not found.columns)
                    release_days.store(lot, days)
                    differed.append(found)
    return Rebuilt(count, tuple(differed))


def mark(apps, schema_editor) -> None:
    """Mark every status for its rebuild, which `migrate` makes at its end.

    For a migration: `migrations.RunPython(mark, migrations.RunPython.noop)`, after
    `0010_lot_status_rebuild`. In the midst of the migrations the models of today do
    not fit the tables yet, and a `migrate` that ends too early leaves the mark.
    """
    apps.get_model("lots", "LotStatus").objects.update(is_stale=True)


def _pieces(lots) -> Iterator[list[int]]:
    """Yield the keys of the lots, so many at a time."""
    after = 0
    while keys := list(
        lots.filter(pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:LOTS_AT_ONCE]
    ):
        yield keys
        after = keys[-1]


def _worked_out(lots):
    """Yield each lot, its row and release days as they should be, and what differs."""
    lots = list(
        lots.select_related("material", "site__organisation", "imported").order_by("pk")
    )
    stored = LotStatus.objects.in_bulk([lot.pk for lot in lots])
    acts = _times_of_acts(stored.values())
    on = calendar.today(timezone.now())
    kept = _stored_days(lots)
    loaded = evaluator.load_all(lots)
    for lot in lots:
        before = stored.get(lot.pk)
        # A time at which nothing was done is nobody's: the lot's last act stands.
        is_of_an_act = before is not None and before.stage_at in acts
        values = lot_status.worked_out(
            loaded[lot.pk],
            before=before,
            at=_last_act(lot),
            keeps_time=is_of_an_act,
        )
        days = (
            release_days.worked_out(loaded[lot.pk].evaluation(), on=on)
            if values["stage"] == Stage.TO_RELEASE
            else []
        )
        differ = days != release_days.since(kept.get(lot.pk, ()), on)
        yield lot, values, days, _difference(lot, before, values, differ)


def _stored_days(lots) -> dict[int, list[Days]]:
    """Return the release days of the lots as they are stored, by key."""
    found: dict[int, list[Days]] = {}
    for one in ReleaseDays.objects.filter(lot__in=lots):
        found.setdefault(one.lot_id, []).append((one.first_on, one.last_on))
    return found


def _times_of_acts(stored):
    times = {row.stage_at for row in stored}
    return set(AuditEntry.objects.filter(at__in=times).values_list("at", flat=True))


def _last_act(lot):
    return (
        AuditEntry.objects.filter(lot=lot)
        .order_by("-sequence")
        .values_list("at", flat=True)
        .first()
        or lot.logged_at
    )


def _difference(lot, before, values, has_other_days):
    if before is None:
        return Difference(lot.number, ())
    columns = tuple(name for name in _COLUMNS if getattr(before, name) != values[name])
    if has_other_days:
        columns += ("release_days",)
    return Difference(lot.number, columns) if columns else None
