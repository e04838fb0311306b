"""Methods: versions of how a test is measured, drafted here."""

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import Approval, Criterion, Method
from lots.rules import claims, reportable_value
from lots.rules.criterion import CriterionKind
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known
from lots.setup.catalogue import measurement_of


def add_method(
    *, by, at, test, code, lod="", loq="", is_limit_test=False, uncertainty=""
):
    """Draft the next version of how the test is measured; return it.

    Results use it once another person has approved it (`lots.setup.method_approval`).
    A draft that waits already is withdrawn: the later one says what is meant. Refuses
    a LOD, LOQ or uncertainty that is not a number, a LOD above the LOQ, and a limit
    test where a number is needed.
    """
    with audit.act(by=by, at=at, action="add_procedure") as act:
        permissions.check(act, STEPS["draft"], subject=test.name)
        test = act.lock(test)
        claims_nothing("code", code)
        latest = test.methods.order_by("-version").first()
        method = text_checks.sound(
            Method(
                test=test,
                code=code,
                lod=lod,
                loq=loq,
                is_limit_test=is_limit_test,
                uncertainty=uncertainty,
                version=latest.version + 1 if latest else 1,
                is_current=False,
                state=Approval.DRAFT,
                drafted_by=act.by,
                drafted_at=at,
            )
        )
        check_results(test, method)
        reportable_value.check(measurement_of(test, method))
        for waiting in map(act.lock, test.methods.filter(state=Approval.DRAFT)):
            if waiting.state == Approval.DRAFT:
                take_back(act, waiting)
        return act.create(method)


def take_back(act, method):
    """Withdraw a draft in the act; one that results use already stays in use."""
    if method.is_current:
        return act.change(method, state="", drafted_by=None, drafted_at=None)
    return act.change(method, state=Approval.WITHDRAWN)


def check_results(test, method):
    """Refuse a limit test, or an uncertainty, that the results could not have."""
    has_words = test.vocabulary or test.portion or test.is_text
    with if_known:
        if method.uncertainty and (has_words or method.is_limit_test):
            raise Refusal(
                "uncertainty",
                "Only numbers have an uncertainty, and results of %(test)s are words;"
                " leave it blank.",
                field="uncertainty",
                test=test.name,
            )
    if not method.is_limit_test:
        return
    if has_words or test.component_of_id or test.corrects.exists():
        raise Refusal(
            "limit-test",
            "The method cannot be a limit test, because results of %(test)s have words"
            " of their own or are used in another calculation. Clear “Limit test”.",
            field="is_limit_test",
            test=test.name,
        )
    if method.lod or method.loq:
        raise Refusal(
            "limit-test-limits",
            "A limit test gives no number, so it has no LOD and no LOQ; leave both"
            " blank.",
            field="lod" if method.lod else "loq",
        )
    comparing = (
        Criterion.objects.filter(test=test, specification__state=Approval.APPROVED)
        .exclude(kind__in=(CriterionKind.LIMIT, CriterionKind.REPORT))
        .select_related("specification")
        .order_by("-specification__version", "pk")
        .first()
    )
    if comparing:
        raise Refusal(
            "limit-test-compared",
            "%(specification)s compares numbers of %(test)s, which a limit test does"
            " not give (ICH Q7 11.42). Approve a version with the kind “Limit test”"
            " first, or clear “Limit test”.",
            field="is_limit_test",
            specification=str(comparing.specification),
            test=test.name,
        )


def claims_nothing(field, *texts):
    """Refuse a claim that no use allows; a specification asks again for its own."""
    for text in texts:
        with if_known:
            for claim, use in claims.beyond_all(text):
                raise claims.refusal(claim, text=text, use=use, field=field)
