"""The ordinary life of a lot, and the steps that all stories take."""

import datetime

from lots.demo import bench
from lots.models import (
    Assessment,
    AssessmentState,
)
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.setup import organisations
from reports.demo import values
from reports.issuing import certificates

DAY = datetime.timedelta(days=1)


class GateOpen(RuntimeError):
    """Something that must be refused was not: the demo is not loaded."""


class Life:
    """The people, the material and the chance that the stories are played with."""

    def __init__(self, *, cast, world, chance):
        self.cast = cast
        self.world = world
        self.chance = chance
        self.customers = {}

    def analyst(self, number):
        """Return the analyst of this lot; the two take turns."""
        return self.cast.lin if int(number[-1]) % 2 else self.cast.marek

    def reviewer(self, number):
        return self.cast.sofia if int(number[-1]) % 3 else self.cast.tomas

    def log(self, number, made, *, at, **facts):
        if facts.get("use") == "intrathecal":
            facts.setdefault("size", str(self.chance.randint(5, 15)))
        else:
            drums = self.chance.randint(4, 10)
            facts.setdefault("size", str(drums * 25))
            facts.setdefault("packaging", f"{drums} HDPE drums of 25 kg")
        return bench.log(
            self.cast,
            self.world,
            at=at,
            by=self.analyst(number),
            number=number,
            manufactured_on=made,
            **facts,
        )

    def due(self, lot):
        """Return results for the periodic tests that this lot must have."""
        if any(lot.assessments.values_list("due", flat=True)):
            return dict(bench.ELEMENTS)
        return {}

    def enter(self, lot, results, *, at, submit=True, **more):
        return bench.enter(
            lot,
            self.world,
            results,
            by=self.analyst(lot.number),
            at=at,
            submit=submit,
            runs=dict.fromkeys(values.OF_ONE_RUN, f"HPLC-{at:%y%m%d}"),
            **more,
        )

    def further(self, lot, code, *typed, at, kind, reason, by=None, submit=True):
        """Enter a further result and submit it, what follows from it included."""
        test_order = lot.test_orders.order_by("ordinal").last()
        by = by or self.analyst(lot.number)
        test = self.world.tests[code]
        result, _ = result_entry.enter_result(
            test_order=test_order,
            test=test,
            by=by,
            at=at,
            determinations=bench.typed(*typed),
            seen=test_order.results.filter(test=test).count(),
            kind=kind,
            reason=reason,
            raw_reference=f"LN-{lot.number}-{code}-{kind}",
        )
        if submit and not result.needs_confirmation:
            result_entry.submit(test_order=test_order, results=[result], by=by, at=at)
        return result

    def review(self, lot, *, at):
        bench.review(self.cast, lot, at=at, by=self.reviewer(lot.number))

    def release(self, lot, code="BAC-ORAL", *, at, **more):
        bench.release(self.cast, lot, code, at=at, **more)

    def issue(self, lot, code="BAC-ORAL", *, at, **more):
        return certificates.issue(
            assessment=bench.assessment(lot, code, state=AssessmentState.RELEASED),
            by=self.cast.olga,
            at=at,
            **more,
            stated=bench.LABEL,
        )

    def set_up_customers(self, *, at):
        for name, address, telephone in (
            (
                "Meridian Pumps Inc.",
                "400 Infusion Way, Rochester MN 55901, USA",
                "+1 507 555 0100",
            ),
            (
                "Tabletten Nord GmbH",
                "Hafenstraße 9, 24103 Kiel, Germany",
                "+49 431 5550 118",
            ),
        ):
            self.customers[name] = organisations.add_organisation(
                by=self.cast.olga,
                at=at,
                name=name,
                address=address,
                telephone=telephone,
                is_customer=True,
            )

    def ordinary(self, number, start, *, until="certificate", results=None, **facts):
        """Log, enter, review, release, issue; stops after the step named."""
        code = "BAC-IT" if facts.get("use") == "intrathecal" else "BAC-ORAL"
        yield start + 2 * DAY
        lot = self.log(number, start.date(), at=start + 2 * DAY, **facts)
        if until == "log":
            return
        yield start + 3 * DAY
        chosen = results or (
            values.intrathecal(self.chance)
            if code == "BAC-IT"
            else values.of_place(values.oral(self.chance), int(number[-3:]))
        )
        chosen = {**self.due(lot), **chosen}
        if until == "part":
            chosen = dict(list(chosen.items())[:7])
        self.enter(
            lot, chosen, at=start + 3 * DAY, submit=until not in ("part", "enter")
        )
        if until in ("part", "enter", "submit"):
            return
        yield start + 5 * DAY
        self.review(lot, at=start + 5 * DAY)
        if until == "review":
            return
        wait = self.chance.randint(6, 9)
        yield start + wait * DAY
        self.release(lot, code, at=start + wait * DAY)
        if until == "release":
            return
        wait += 1
        yield start + wait * DAY
        self.issue(lot, code, at=start + wait * DAY, **self._addressed(lot))

    def _addressed(self, lot):
        if self.chance.randint(0, 2) or not self.customers:
            return {}
        name = self.chance.choice(sorted(self.customers))
        drum = 1 if lot.use == "intrathecal" else 25
        return {
            "customer": self.customers[name],
            "order": f"PO {self.chance.randint(4500, 4599)}",
            "shipped": f"{self.chance.randint(1, 4) * drum} kg",
        }

    def must_refuse(self, attempt, what):
        before = Assessment.objects.count()
        try:
            attempt()
        except Refusal:
            if Assessment.objects.count() == before:
                return
        raise GateOpen(f"Not refused: {what}.")
