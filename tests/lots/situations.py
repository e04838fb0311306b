"""Real lots in the situation that a verb needs, and the verb ready to be called.

Made through the verbs, so that no test starts from a state that no lot can reach.
"""

from lots.demo import bench
from lots.intake import samples, test_orders
from lots.investigations import conduct
from lots.models import Investigation, Specification
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.results.invalid_runs import record_invalid_run

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
OWN = {code: value for code, value in bench.IT_RESULTS.items() if code not in ORAL}


class Case:
    """An intrathecal lot in the situation that a verb needs, before the verb.

    Results of the intrathecal tests are what the verbs work on; the oral results are
    entered first where the lot must have been released for oral use.
    """

    def __init__(self, world, at):
        self.world, self.cast, self.at = world, world.cast, at
        self.lot = bench.log(
            self.cast, world, at=at, number="BAC-26-901", use="intrathecal"
        )

    @property
    def test_order(self):
        return self.lot.test_orders.get()

    def release_for_oral(self):
        self.enter(ORAL)
        bench.review(self.cast, self.lot, at=self.at)
        bench.release(
            self.cast, self.lot, "BAC-ORAL", at=self.at, justification="Stands in"
        )

    def enter(self, values, **more):
        return bench.enter(
            self.lot, self.world, values, by=self.cast.lin, at=self.at, **more
        )

    def bring_to(self, state):
        if state == "on_hold":
            disposition.hold(lot=self.lot, by=self.cast.chen, at=self.at, reason="Why")
        elif state != "quarantine":
            verb = {"rejected": "reject", "recalled": "recall", "void": "void"}[state]
            bench.decide(
                self.cast,
                getattr(disposition, verb),
                self.lot,
                at=self.at,
                reason="Why",
            )
        self.lot.refresh_from_db()


def sample(case):
    return lambda by: samples.take_sample(
        lot=case.lot,
        by=by,
        at=case.at,
        number="S-2",
        taken_on=case.lot.manufactured_on,
        taken_by="Lin Yue",
        quantity="10 g",
        purpose="Reserve",
    )


def enter(case):
    return lambda by: result_entry.enter_result(
        test_order=case.test_order,
        test=case.world.tests["BET"],
        by=by,
        at=case.at,
        determinations=bench.typed("0.2"),
        seen=0,
        raw_reference="LN-1, page 7",
    )


def invalid_run(case):
    return lambda by: record_invalid_run(
        lot=case.lot,
        by=by,
        at=case.at,
        run="SEQ-1",
        why="aborted",
        happened="The pump stopped at noon",
        evidence="CDS sequence 118",
    )


def submit(case):
    results = case.enter({"BET": "0.2"}, submit=False)
    return lambda by: result_entry.submit(
        test_order=case.test_order, results=results, by=by, at=case.at
    )


def examine(case):
    return lambda by: test_orders.open_test_order(
        lot=case.lot, by=by, at=case.at, occasion="stability"
    )


def assess(case):
    # Refusing release closes the assessment; the same specification fits again.
    bench.refuse(case.cast, case.lot, "BAC-IT", at=case.at, reason="Wrong filter")
    specification = Specification.objects.get(code="BAC-IT")
    return lambda by: test_orders.add_assessment(
        test_order=case.test_order, specification=specification, by=by, at=case.at
    )


def review(case):
    case.enter({"BET": "0.2"})
    return lambda by: bench.review(case.cast, case.lot, at=case.at, by=by)


def _corrected(case):
    """Return a correction of a failed result, which waits for its second person."""
    case.enter({"BET": "4.2"})
    corrected, _ = result_entry.enter_result(
        test_order=case.test_order,
        test=case.world.tests["BET"],
        by=case.cast.lin,
        at=case.at,
        determinations=bench.typed("0.42"),
        seen=1,
        kind="transcription",
        reason="Point misplaced",
        raw_reference="LN-1, page 7",
    )
    return corrected


def send_back(case):
    corrected = _corrected(case)
    return lambda by: result_review.send_back(
        test_order=case.test_order,
        results=[corrected],
        by=by,
        at=case.at,
        reason="No raw data",
    )


def confirm_correction(case):
    corrected = _corrected(case)
    return lambda by: bench.confirm(case.cast, case.lot, corrected, at=case.at, by=by)


def phase_one(case):
    case.enter({"BET": "4.2"})
    return lambda by: bench.phase_one(
        case.cast, case.lot, Investigation.objects.get(), at=case.at, by=by
    )


def plan(case):
    case.enter({"BET": "4.2"})
    return lambda by: conduct.plan(
        investigation=Investigation.objects.get(),
        by=by,
        at=case.at,
        hypothesis="Contaminated tube",
        planned_retests=2,
    )


def conclude(case):
    case.enter({"BET": "4.2"})
    bench.phase_one(case.cast, case.lot, Investigation.objects.get(), at=case.at)
    return lambda by: bench.conclude(
        case.cast,
        case.lot,
        Investigation.objects.get(),
        at=case.at,
        by=by,
        conclusion="not_proven",
        cause="No error found",
    )


def release(case):
    rest = OWN if case.lot.assessments.filter(state="released") else bench.IT_RESULTS
    case.enter(rest)
    bench.review(case.cast, case.lot, at=case.at)
    return lambda by: bench.release(case.cast, case.lot, "BAC-IT", at=case.at, by=by)


def refuse(case):
    return lambda by: bench.refuse(
        case.cast, case.lot, "BAC-IT", at=case.at, by=by, reason="Foreign particles"
    )


def hold(case):
    return lambda by: disposition.hold(
        lot=case.lot, by=by, at=case.at, reason="Damaged"
    )


def decision(name, **more):
    def prepare(case):
        return lambda by: bench.decide(
            case.cast,
            getattr(disposition, name),
            case.lot,
            at=case.at,
            by=by,
            reason="Why",
            **more,
        )

    return prepare


VERBS = {
    "sample": sample,
    "enter": enter,
    "invalid_run": invalid_run,
    "submit": submit,
    "examine": examine,
    "assess": assess,
    "review": review,
    "send_back": send_back,
    "confirm_correction": confirm_correction,
    "phase_one": phase_one,
    "plan": plan,
    "conclude": conclude,
    "release": release,
    "refuse": refuse,
    "hold": hold,
    "resume": decision("resume"),
    "reject": decision("reject"),
    "recall": decision("recall"),
    "void": decision("void"),
    "reopen": decision("reopen", deviation="DEV-1"),
}


def prepared(world, at, code, state):
    """Return the verb, ready to be called by a person, with the lot in the state."""
    case = Case(world, at)
    takes_released = code in ("recall", "reopen") and state in ("quarantine", "on_hold")
    if state == "recalled" or takes_released:
        case.release_for_oral()
    call = VERBS[code](case)
    case.bring_to(state)
    return case, call
