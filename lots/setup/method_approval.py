"""Approval of methods: several drafts with one signature.

LOD and LOQ decide what passes as "Not detected" or below a limit, and certificates
print them, so one person drafts a version of a method and another signs it (ICH Q7
2.22: the quality unit approves all procedures that have an impact on quality; 12.80:
their validation). Every lot that is tested afterwards rests on it.
"""

from django.db.models import Exists, OuterRef

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import Approval, Method, Test
from lots.rules import chain, reportable_value
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.setup import approval, methods
from lots.setup.catalogue import measurement_of

METHOD = Format("method", number=2)


@METHOD.reads(1)
def _without_limit_tests(stored):
    """Return what was signed before a method could be a limit test."""
    added = {"is_limit_test": False, "uncertainty": ""}
    versions = [
        one | {key: one[key] and {**added, **one[key]} for key in ("before", "after")}
        for one in stored["method"]["versions"]
    ]
    return {**stored, "method": {**stored["method"], "versions": versions}}


@METHOD.reads(2)
def _with_the_fields_of_today(stored):
    return stored


def drafts():
    """Return the methods that wait for approval, the oldest first."""
    return (
        Method.objects.filter(state=Approval.DRAFT)
        .select_related("test__material", "drafted_by")
        .order_by("drafted_at", "pk")
    )


def unsigned():
    """Return the methods in use that nobody approved and nobody drafted for it.

    They were added before methods were approved. A draft of the same test takes their
    place once it is approved.
    """
    drafted = Method.objects.filter(test=OuterRef("test"), state=Approval.DRAFT)
    return (
        Method.objects.filter(~Exists(drafted), state="", is_current=True)
        .select_related("test__material")
        .order_by("test__material__name", "test__name", "pk")
    )


def draft_all(*, by, at):
    """Draft every method in use that nobody approved, as it is; return them.

    The way on after an update. They stay in use meanwhile.
    """
    with audit.act(by=by, at=at, action="draft_methods") as act:
        permissions.check(act, STEPS["draft"], subject="the methods")
        found = [
            method
            for method in map(act.lock, unsigned())
            # Once more, now that it is locked.
            if not method.state
            and not method.test.methods.filter(state=Approval.DRAFT).exists()
        ]
        if not found:
            raise Refusal(
                "none",
                "Every method in use is approved or has a draft, so there is nothing"
                " to draft.",
            )
        return [
            act.change(one, state=Approval.DRAFT, drafted_by=act.by, drafted_at=at)
            for one in found
        ]


def approve(*, drafted, by, at, confirmation, shown):
    """Sign the drafts, all of them with one signature; return it.

    New results use these versions from now on; earlier results keep theirs. Refuses
    whoever drafted one, and what the test does not take any more.
    """
    with audit.act(by=by, at=at, action="approve_methods") as act:
        if not drafted:
            raise Refusal("none", "Select at least one draft to approve.")
        # Who drafts another version of one of the tests does so before or after.
        tests = {
            key: act.lock(Test(pk=key))
            for key in sorted({one.test_id for one in drafted})
        }
        for one in map(act.lock, drafted):
            if not one.state:
                # It is in use, and another draft took the place of its own meanwhile.
                raise Refusal(
                    "not-a-draft",
                    "Method %(method)s of %(test)s is no draft any more, so there is"
                    " nothing to approve; go back to the list.",
                    method=str(one),
                    test=one.test.name,
                )
        signed = [
            approval.locked(act, one, subject=f"method {one} of {one.test}")
            for one in sorted(drafted, key=lambda one: one.pk)
        ]
        for one in signed:
            one.test = tests[one.test_id]
            methods.check_results(one.test, one)
            reportable_value.check(measurement_of(one.test, one))
        signature = approval.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            wording="Method approved",
            text=methods_text(signed),
        )
        for one in signed:
            for earlier in one.test.methods.filter(is_current=True).exclude(pk=one.pk):
                act.change(earlier, **_superseded(earlier), is_current=False)
            act.change(
                one, state=Approval.APPROVED, signature=signature, is_current=True
            )
        return signature


def _superseded(method):
    """Return the state of a version that another takes the place of.

    One that nobody approved says so for ever.
    """
    return {"state": Approval.SUPERSEDED} if method.signature_id else {}


def withdraw(*, method, by, at, reason):
    """Withdraw a draft; results use the version in use, as before."""
    with audit.act(by=by, at=at, action="withdraw_method", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=f"method {method}")
        text_checks.reason_given(reason)
        method = act.lock(method)
        if closed := to_withdraw(method):
            raise closed
        return methods.take_back(act, method)


def to_withdraw(method):
    """Return why a method is no draft to withdraw; None where it is one."""
    return approval.to_withdraw(method, subject=f"Method {method}")


def before(drafted):
    """Return by its key the version in use that each draft takes the place of."""
    asked = {one.test_id for one in drafted}
    in_use = {
        one.test_id: one
        for one in Method.objects.filter(test__in=asked, is_current=True)
    }
    return {
        one.pk: in_use.get(one.test_id) if not one.is_current else None
        for one in drafted
    }


def methods_text(drafted):
    """Return the canonical text that an approval of these drafts signs."""
    earlier = before(drafted)
    return chain.canonical(
        {
            "format": METHOD.number,
            METHOD.record: {
                "versions": [
                    {
                        "material": one.test.material.name,
                        "test": one.test.code,
                        "name": one.test.name,
                        "unit": one.test.unit,
                        "version": one.version,
                        "in_use": one.is_current,
                        "before": _limits(earlier[one.pk]),
                        "after": _limits(one),
                    }
                    for one in sorted(drafted, key=lambda one: one.pk)
                ]
            },
        }
    )


def _limits(method):
    """Return what decides and prints of a method; nothing where there is none."""
    if method is None:
        return {}
    return {
        "method": method.code,
        "lod": method.lod,
        "loq": method.loq,
        "is_limit_test": method.is_limit_test,
        "uncertainty": method.uncertainty,
    }
