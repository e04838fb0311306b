"""Verbs on tests and procedures: what is measured on a material, and how.

Imports models, audit, drafting, steps, evaluation and rules; views and commands
import it.
"""

from lots import audit, drafting, steps
from lots.catalogue import measurement_of
from lots.models import Criterion, Procedure, Result, Test
from lots.rules import reportable
from lots.rules.lifecycle import STEPS
from lots.rules.refusal import Refusal
from lots.rules.reportable import Method

ON_A_BASIS = (Method.ANHYDROUS, Method.DRIED)
OF_PEAKS = (Method.TOTAL, Method.LARGEST_UNSPECIFIED)
# What an approved specification relies on; only the heading may still change.
LOCKED = (
    "code",
    "name",
    "unit",
    "method",
    "determinations",
    "injections",
    "spread_limit",
    "threshold",
    "at_threshold_counts",
    "already_corrected",
    "vocabulary",
    "portion",
    "water_test_id",
    "component_of_id",
)


def add_test(
    *,
    by,
    at,
    material,
    code,
    name,
    group,
    unit="",
    method=Method.SINGLE,
    determinations=1,
    injections=1,
    spread_limit="",
    threshold="",
    at_threshold_counts=False,
    already_corrected=False,
    vocabulary=(),
    portion="",
    water_test=None,
    component_of=None,
):
    """Add something that is measured on the material, and how its value arises.

    Refuses, at the field, a test from which no reportable value could ever arise.
    """
    with audit.act(by=by, at=at, action="add_test") as act:
        steps.check(act, STEPS["draft"], subject=name)
        return act.create(
            _measurable(
                Test(
                    material=material,
                    code=code,
                    name=name,
                    group=group,
                    unit=unit,
                    method=str(method),
                    determinations=determinations,
                    injections=injections,
                    spread_limit=spread_limit,
                    threshold=threshold,
                    at_threshold_counts=at_threshold_counts,
                    already_corrected=already_corrected,
                    vocabulary=list(vocabulary),
                    portion=portion,
                    water_test=water_test,
                    component_of=component_of,
                )
            )
        )


def change_test(
    *,
    test,
    by,
    at,
    reason,
    code,
    name,
    group,
    unit,
    method,
    determinations,
    injections,
    spread_limit,
    threshold,
    at_threshold_counts,
    already_corrected,
    vocabulary,
    portion,
    water_test,
    component_of,
):
    """Change a test; all but its heading is locked once something relies on it.

    Refused for anything else as soon as an approved specification uses the test or a
    result of it exists: both would say something other than what was signed.
    """
    with audit.act(by=by, at=at, action="change_test", reason=reason) as act:
        steps.check(act, STEPS["draft"], subject=test.name)
        drafting.reason_given(reason)
        test = act.lock(test)
        values = {
            "code": code,
            "name": name,
            "group": group,
            "unit": unit,
            "method": str(method),
            "determinations": determinations,
            "injections": injections,
            "spread_limit": spread_limit,
            "threshold": threshold,
            "at_threshold_counts": at_threshold_counts,
            "already_corrected": already_corrected,
            "vocabulary": list(vocabulary),
            "portion": portion,
            "water_test": water_test,
            "component_of": component_of,
        }
        changed = _measurable(Test(pk=test.pk, material_id=test.material_id, **values))
        _unlocked(test, changed)
        return act.change(test, **values)


def add_procedure(*, by, at, test, code, lod="", loq=""):
    """Add the next version of how the test is measured; it is the current one.

    The version before stays with the results that were obtained by it. Refuses a LOD
    or LOQ that is not a number, and a LOD above the LOQ.
    """
    with audit.act(by=by, at=at, action="add_procedure") as act:
        steps.check(act, STEPS["draft"], subject=test.name)
        test = act.lock(test)
        latest = test.procedures.order_by("-version").first()
        procedure = drafting.sound(
            Procedure(
                test=test,
                code=code,
                lod=lod,
                loq=loq,
                version=latest.version + 1 if latest else 1,
            )
        )
        reportable.check(measurement_of(test, procedure))
        if latest:
            act.change(latest, is_current=False)
        return act.create(procedure)


def is_locked(test):
    """Say whether something relies on how the test is described."""
    return bool(_relies_on(test))


def _relies_on(test):
    approved = (
        Criterion.objects.filter(test=test, specification__signature__isnull=False)
        .select_related("specification")
        .order_by("specification__code", "specification__version")
        .first()
    )
    if approved:
        return f"the approved specification {approved.specification}"
    if Result.objects.filter(test=test).exists():
        return "stored results"
    return ""


def _unlocked(test, changed):
    names = [name for name in LOCKED if getattr(test, name) != getattr(changed, name)]
    relying = _relies_on(test) if names else ""
    if relying:
        field = names[0].removesuffix("_id")
        raise Refusal(
            "locked",
            "The %(what)s of %(test)s cannot change any more, for %(relying)s rests on"
            " it; add another test instead.",
            field=field,
            what=str(Test._meta.get_field(field).verbose_name),
            test=test.name,
            relying=relying,
        )


def _measurable(test):
    drafting.sound(test)
    drafting.once(
        Test.objects.filter(material_id=test.material_id, code=test.code).exclude(
            pk=test.pk
        ),
        sentence="Another test of this material has this code already; choose another.",
        field="code",
    )
    method = Method(test.method)
    current = None
    if test.pk:
        current = test.procedures.filter(is_current=True).first()
    reportable.check(measurement_of(test, current or Procedure()))
    corrects = method in ON_A_BASIS and not test.already_corrected
    if corrects and test.water_test is None:
        raise Refusal(
            "water-test",
            "%(test)s is corrected to another basis: choose the test whose result"
            " corrects it, or say that its determinations come on this basis.",
            field="water_test",
            test=test.name,
        )
    if test.water_test is not None and not corrects:
        raise Refusal(
            "water-test",
            "%(test)s is not corrected, so it takes no water test; leave it blank.",
            field="water_test",
            test=test.name,
        )
    if test.already_corrected and method not in ON_A_BASIS:
        raise Refusal(
            "already-corrected",
            "Only a value on the anhydrous or dried basis can come on its basis"
            " already.",
            field="already_corrected",
        )
    total = test.component_of
    if total is not None and total.method != Method.TOTAL:
        raise Refusal(
            "component-of",
            "%(total)s is not a total of peaks, so nothing can be added to it.",
            field="component_of",
            total=total.name,
        )
    for field, other in (("water_test", test.water_test), ("component_of", total)):
        if other is None:
            continue
        if other.material_id != test.material_id or other.pk == test.pk:
            raise Refusal(
                "other-material",
                "%(other)s is not another test of the same material.",
                field=field,
                other=other.name,
            )
    return test
