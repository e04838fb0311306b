"""Pages of QA's decisions on an assessment or a lot, with the text that is signed."""

import json

from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lots.accounts import permissions
from lots.accounts.roles import step_required
from lots.consistency import findings
from lots.evaluation import (
    evaluator,
    periodic_tests,
    signed_text,
    trail_exceptions,
)
from lots.evidence import signatures
from lots.forms.base import ReasonForm
from lots.forms.release import (
    ConcludeFindingForm,
    ReleaseForm,
    ReopenForm,
    SignedReasonForm,
    UnaffectedForm,
)
from lots.investigations import periodic_failures
from lots.models import (
    Assessment,
    ConsistencyFinding,
    Group,
    Lot,
    PeriodicFailure,
    UseDocument,
)
from lots.origin import genealogy
from lots.release import disposition, minimums
from lots.release import unaffected as unaffected_lots
from lots.rules import uses
from lots.rules.step_table import DECISIONS, STEPS
from lots.setup import signed_specification
from lots.views import lot_page, lot_steps, release_checklist
from lots.views.base import done, status, taken, to_sign
from lots.wording import sentence
from lots.workflow import blockers

# Of what was made of the lot, each is decided about by itself.
CONCERN_DESCENDANTS = ("hold", "reject", "recall", "reopen")

# The forms of decisions that are typed otherwise than with a reason, signed or not.
FORMS = {"reopen": ReopenForm}


def _decide(code):
    """Return the view of one decision on a lot, which `disposition` takes."""

    step, verb = STEPS[code], getattr(disposition, code)
    form_class = FORMS.get(code, SignedReasonForm if step.signed_as else ReasonForm)
    is_concerning = code in CONCERN_DESCENDANTS

    @step_required(code)
    def decide(request, pk):
        lot = _lot(pk)
        form = form_class(request.POST or None)
        if taken(request, form, verb, lot=lot):
            said = gettext(step.done) % {"lot": lot}
            return done(request, said, lot_page.address(lot))
        return _lot_decision(
            request,
            lot,
            form,
            step=step,
            lead=gettext(step.effect),
            why=_closed(evaluator.evaluate(lot), request.user)[code],
            is_concerning=is_concerning,
            descendants=genealogy.descendants(lot) if is_concerning else (),
        )

    return decide


@step_required("release")
def release(request, pk):
    """The conditions, exactly what is signed, the statements and the password."""
    assessment = _assessment(pk)
    form = ReleaseForm(
        request.POST or None,
        step="release",
        initial={"batch_record": _batch_record(assessment.lot)},
    )
    use = uses.use(assessment.use)
    if taken(request, form, disposition.release, assessment=assessment):
        said = _("Released for %(products)s.") % {"products": _(use.products)}
        return done(request, said, lot_page.address(assessment.lot, "release"))
    return _assessment_page(
        request,
        assessment,
        form,
        code="release",
        template="lots/release/release.html",
        meaning=gettext(STEPS["release"].signed_wording)
        % {"products": _(use.products)},
    )


@step_required("refuse")
def refuse(request, pk):
    """Refusing to release an assessment, with the reason."""
    assessment = _assessment(pk)
    form = SignedReasonForm(request.POST or None)
    if taken(request, form, disposition.refuse, assessment=assessment):
        said = _("The release against %(specification)s is refused.") % {
            "specification": assessment.specification
        }
        return done(request, said, lot_page.address(assessment.lot, "release"))
    return _assessment_page(
        request,
        assessment,
        form,
        code="refuse",
        template="lots/release/refuse.html",
        meaning=gettext(STEPS["refuse"].meaning),
    )


@step_required("keep")
def keep(request, pk):
    """Keeping a release that falls short of a minimum approved after it."""
    assessment = _assessment(pk)
    lot = assessment.lot
    form = SignedReasonForm(request.POST or None)
    if taken(request, form, minimums.keep_release, assessment=assessment):
        said = _("The release for %(products)s is kept.") % {
            "products": _(uses.use(assessment.use).products)
        }
        return done(request, said, lot_page.address(lot, "release"))
    evaluated = evaluator.evaluate(lot)
    closed = minimums.against_keeping(evaluated, assessment.use)
    return _lot_decision(
        request,
        lot,
        form,
        step=STEPS["keep"],
        lead=_(
            "The lot was released for %(products)s before the minimum specification"
            " %(minimum)s. You sign that the release and its certificates stand."
            " Nothing further is released or issued by it. If they must not stand,"
            " recall or reopen the lot, or withdraw the certificates."
        )
        % {
            "products": _(uses.use(assessment.use).products),
            "minimum": evaluated.minimums[assessment.use].specification or _("(none)"),
        },
        why=sentence(closed) if closed else "",
    )


@step_required("unaffected")
def unaffected(request, pk):
    """Signing that a hold of a parent lot, or a qualification, does not touch a lot."""
    lot = _lot(pk)
    form = UnaffectedForm(
        request.POST or None,
        offered=[
            (one.key, sentence(one.why)) for one in unaffected_lots.clearable(lot)
        ],
    )
    if taken(request, form, unaffected_lots.sign_unaffected, lot=lot):
        said = _("You signed that lot %(lot)s is not affected.") % {"lot": lot}
        return done(request, said, lot_page.address(lot))
    closed = permissions.offer(
        "unaffected", lot, request.user
    ).why or unaffected_lots.to_sign(lot)
    return _lot_decision(
        request,
        lot,
        form,
        step=STEPS["unaffected"],
        lead=_(
            "You sign that this does not touch the lot. Its certificates, and those"
            " of lots made from it, are then no longer under review because of it."
            " If it does touch the lot, put the lot on hold or recall it, or"
            " withdraw its certificates."
        ),
        why=sentence(closed) if closed else "",
    )


@step_required("conclude_finding")
def conclude_finding(request, pk):
    """Signing what QA found about results that are those of another lot."""
    finding = get_object_or_404(
        ConsistencyFinding.objects.select_related(
            "lot__material", "lot__site__organisation", "lot__status"
        ),
        pk=pk,
    )
    lot = finding.lot
    form = ConcludeFindingForm(request.POST or None)
    if taken(request, form, findings.conclude, finding=finding):
        said = _("You concluded on the finding of lot %(lot)s.") % {"lot": lot}
        return done(request, said, lot_page.address(lot, "consistency"))
    closed = permissions.offer(
        "conclude_finding", lot, request.user
    ).why or findings.to_conclude(finding)
    return _lot_decision(
        request,
        lot,
        form,
        step=STEPS["conclude_finding"],
        lead=_(
            "%(finding)s Compare the raw data of both lots: weighings, run numbers,"
            " times and files. You sign that the results were measured on this lot. If"
            " they were not, put the lot on hold or reject it."
        )
        % {"finding": finding.text},
        why=sentence(closed) if closed else "",
    )


@step_required("reinstate")
def reinstate(request, pk):
    """Signing that a test which failed is done periodically again."""
    failure = get_object_or_404(
        PeriodicFailure.objects.select_related(
            "test", "lot__material", "lot__site__organisation", "lot__status"
        ),
        pk=pk,
    )
    lot = failure.lot
    form = SignedReasonForm(request.POST or None)
    if taken(request, form, periodic_failures.reinstate, failure=failure):
        said = _("%(test)s is done periodically again.") % {"test": failure.test.name}
        return done(request, said, lot_page.address(lot))
    closed = permissions.offer(
        "reinstate", lot, request.user
    ).why or periodic_failures.to_reinstate(failure)
    return _lot_decision(
        request,
        lot,
        form,
        step=STEPS["reinstate"],
        lead=_(
            "%(test)s failed on this lot, so every lot is tested until you sign"
            " that it is done periodically again. Lots that were released without"
            " the test stay in question until you decide each."
        )
        % {"test": failure.test.name},
        why=sentence(closed) if closed else "",
        failures=[(failure, periodic_tests.released_without(failure))],
    )


def _lot_decision(request, lot, form, *, step, lead, why, **more):
    """Return the page of a decision on a lot, with the text that is signed.

    `lead` says what it will mean; `why` is why it is closed, blank where it is open;
    `more` is what this page alone shows.
    """
    text = signed_text.lot_text(lot)
    return render(
        request,
        "lots/release/decide.html",
        {
            "lot": lot,
            "title": gettext(step.name),
            "meaning": gettext(step.meaning) if step.meaning else "",
            "lead": lead,
            "why": why,
            "form": form,
            "is_signed": bool(step.signed_as),
            "text": text,
            "shown": signatures.shown(text),
            "assessments": lot.assessments.select_related("specification").order_by(
                "pk"
            ),
            **more,
        },
        status=status(form),
    )


def _assessment_page(request, assessment, form, *, code, template, meaning):
    evaluated = evaluator.evaluate(assessment.lot)
    one = evaluated.assessment(assessment.pk)
    exceptions = trail_exceptions.found(evaluated)
    why = _closed(evaluated, request.user, assessment)
    text = signed_text.assessment_text(evaluated, assessment.pk, exceptions=exceptions)
    conditions = release_checklist.checks(
        assessment,
        one,
        blockers.to_release(evaluated, assessment, on=lot_page.today()),
    )
    unjustified = _unjustified(evaluated, assessment, code)
    return render(
        request,
        template,
        {
            "lot": assessment.lot,
            "assessment": assessment,
            "use": uses.use(assessment.use),
            "one": one,
            "groups": _groups(evaluated, assessment, one),
            "conditions": conditions,
            "meaning": meaning,
            "investigations": evaluated.investigations,
            "why": why[code],
            "may_refuse": not why["refuse"],
            "unjustified": unjustified,
            "untold": [each for each in unjustified if each not in conditions.said],
            "printed": json.loads(text)["printed"],
            # Kind, sentence, and where it is looked up.
            "exceptions": [
                (
                    gettext(one.why.word),
                    gettext(one.sentence) % one.params,
                    reverse("lots:audit_act", args=[one.entry])
                    if one.entry
                    else lot_page.address(assessment.lot, one.place),
                )
                for one in exceptions
            ],
            **to_sign(form, text),
        },
        status=status(form),
    )


def _unjustified(evaluated, assessment, code):
    """Return why the release asks for a justification; of a refusal nothing does."""
    if code != "release":
        return []
    return [sentence(one) for one in disposition.unjustified(evaluated, assessment)]


def _batch_record(lot):
    """Return the number of the batch record that the lot names, blank for another."""
    is_named = lot.use_document_kind == UseDocument.BATCH_RECORD
    return lot.use_document_reference if is_named else ""


def _groups(evaluated, assessment, one):
    """Return the lines under the headings that certificates print them under.

    Those that were approved with the specification; one group without a heading where
    it prints them in its own order.
    """
    if assessment.specification.prints_in_order:
        return [("", one.lines)]
    key = assessment.specification_id
    signed = signed_specification.signed_of_tests(
        evaluated.catalogue.specifications([key])[key]
    )
    groups = [
        (
            group.label,
            [
                line
                for line in one.lines
                if Group(signed[line.test.code].group or line.test.group) == group
            ],
        )
        for group in Group
    ]
    return [(heading, lines) for heading, lines in groups if lines]


def _closed(evaluated, person, assessment=None):
    """Return why each step is closed to this person now, blank where it is open."""
    return {
        link.code: link.why
        for link in lot_steps.step_links(evaluated, person)
        if link.assessment == assessment
    }


def _lot(pk):
    return get_object_or_404(
        Lot.objects.select_related("material", "site__organisation", "status"), pk=pk
    )


def _assessment(pk):
    return get_object_or_404(
        Assessment.objects.select_related(
            "specification",
            "test_order",
            "signature",
            "lot__material",
            "lot__site__organisation",
            "lot__status",
            "lot__qualification",
        ),
        pk=pk,
    )


urls = [
    path("assessments/<int:pk>/release/", release, name="release"),
    path("assessments/<int:pk>/refuse/", refuse, name="refuse"),
    path("assessments/<int:pk>/keep/", keep, name="keep"),
    path("lots/<int:pk>/not-affected/", unaffected, name="unaffected"),
    path("findings/<int:pk>/conclude/", conclude_finding, name="conclude_finding"),
    path("periodic-failures/<int:pk>/reinstate/", reinstate, name="reinstate"),
    *(path(f"lots/<int:pk>/{code}/", _decide(code), name=code) for code in DECISIONS),
]
