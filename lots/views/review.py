"""Pages of review: compare results with their raw data, sign or return them.

What the page of the review shows is signed there, for the results that are selected.
Whoever wants to read the set by itself first finds it on a page of its own, which shows
too what was refused.
"""

import json
from dataclasses import dataclass, replace

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from lots.accounts import permissions
from lots.accounts.roles import step_required
from lots.consistency import findings
from lots.evaluation import (
    evaluator,
    raw_data_opened,
    review_exceptions,
    signed_text,
)
from lots.evaluation.outcome import Line
from lots.evidence import signatures
from lots.forms.base import ReasonForm, SignedForm
from lots.forms.investigations import PhaseOneForm
from lots.forms.review import ReviewForm
from lots.models import (
    CORRECTIONS,
    Attachment,
    Kind,
    Result,
    Specification,
    TestOrder,
)
from lots.pictures import limit_bar
from lots.results import result_review
from lots.rules import chain, step_table
from lots.rules.step_table import STEPS
from lots.rules.verdicts import Outcome, Verdict
from lots.views import lot_page, results_grid, values_before
from lots.views.base import done, status, taken, to_sign
from lots.wording import sentence
from lots.workflow import blockers
from lots.workflow.blockers import STAGES

# Buttons of the page of the review that lead to a page about what is selected.
_LEADS = {"read": "lots:sign_review", "return": "lots:send_back"}


@dataclass(frozen=True)
class Judged:
    """A result under one specification; `bar` is None where there is none to draw."""

    specification: Specification
    line: Line
    verdict: Verdict
    bar: limit_bar.LimitBar | None

    @property
    def is_failing(self):
        return self.verdict.outcome == Outcome.FAIL


@dataclass(frozen=True)
class ReviewLine:
    """A submitted result as the reviewer meets it.

    `before` has the values of the lots before it, and `exceptions` the words of what is
    not as usual; `own` says why this reader cannot review it, blank where it is open.
    """

    stored: results_grid.StoredAttempt
    verdicts: tuple[Judged, ...]
    exceptions: tuple[str | Promise, ...]
    # Each file that it rests on, and whether this reader opened it.
    attachments: tuple[tuple[Attachment, bool], ...]
    own: str
    before: tuple[values_before.ValueBefore, ...] = ()

    @property
    def result(self):
        return self.stored.result

    @property
    def rank(self):
        """Return the place among the exceptions: what fails comes first."""
        if self.is_failing:
            return 0
        verdicts = [one.verdict for one in self.verdicts]
        if any(one.outcome == Outcome.UNDECIDED for one in verdicts):
            return 1
        return 2 if any(one.alert for one in verdicts) else 3

    @property
    def is_failing(self):
        return any(one.is_failing for one in self.verdicts)


@require_safe
@step_required("review")
def review(request, pk):
    """The results that wait for a review, exceptions first, and the signature."""
    test_order = _test_order(pk)
    return _to_review(request, test_order, evaluator.evaluate(test_order.lot))


def _to_review(request, test_order, evaluated, sent=None):
    """Return the page of all results that wait; `sent` is a form that was refused."""
    files = _files(evaluated, test_order, request.user)
    lines = _lines(
        evaluated,
        test_order,
        request.user,
        files,
        stages=STAGES["review"],
        with_before=True,
    )
    form = sent or ReviewForm(
        step="review", findings=_noticed(test_order, _open_to_reader(lines))
    )
    lines = _with_findings(lines, form)
    exceptions = [line for line in lines if line.exceptions]
    clean = [line for line in lines if not line.exceptions]
    text = _text_of_all(evaluated, test_order, lines, request.user)
    waiting = _lines(
        evaluated, test_order, request.user, files, stages=STAGES["confirm_correction"]
    )
    return render(
        request,
        "lots/results/review.html",
        {
            "lot": test_order.lot,
            "test_order": test_order,
            "exceptions": sorted(exceptions, key=lambda line: line.rank),
            "clean": clean,
            "selected": sum(not line.own for line in clean),
            "is_any_open": any(not line.own for line in lines),
            "corrections": [line for line in waiting if line.stored.needs_confirmation],
            "invalid_runs": lot_page.invalid_runs(test_order.lot),
            "files": _of_lot(files),
            "has_files": bool(files),
            "form": form,
            "text": text,
            "shown": signatures.shown(text),
            "listed": _digest_of_records(text),
            "meaning": gettext(STEPS["review"].meaning),
        },
        status=status(form),
    )


def _open_to_reader(lines):
    """Return the results of the lines that this reader may review."""
    return [line.result for line in lines if not line.own]


def _noticed(test_order, results):
    return findings.to_acknowledge(test_order.lot, results)


def _with_findings(lines, form):
    """Return the lines; one of which something was noticed is an exception."""
    noticed = {one.finding.result_id for one in form.noticed()}
    return [
        replace(line, exceptions=(*line.exceptions, gettext("Finding, see below")))
        if line.result.pk in noticed
        else line
        for line in lines
    ]


def _text_of_all(evaluated, test_order, lines, person):
    """Return the text of all results that this person may review, as if signed."""
    results = _open_to_reader(lines)
    return signed_text.review_text(evaluated, test_order.pk, results, by=person)


def _digest_of_records(text):
    """Return the checksum of what the records say in the text of a review.

    Without which files were opened: the reader opens them from the page, and what is
    signed says of each what is so then.
    """
    told = json.loads(text)
    files = [{**one, "opened": ""} for one in told["attachments"]]
    return chain.digest(chain.canonical({**told, "attachments": files}))


def _sent(request, evaluated, test_order, text):
    """Return what was sent to sign this text.

    The page of the review shows all results that wait. As long as the records say of
    them what it showed, it showed of those that were selected what is signed.
    """
    sent = request.POST.copy()
    if listed := sent.get("listed"):
        files = _files(evaluated, test_order, request.user)
        lines = _lines(
            evaluated, test_order, request.user, files, stages=STAGES["review"]
        )
        now = _text_of_all(evaluated, test_order, lines, request.user)
        is_same = listed == _digest_of_records(now)
        sent["shown"] = signatures.shown(text) if is_same else listed
    return sent


def _done(request, said, test_order):
    return done(request, said, lot_page.address(test_order.lot, "results"))


@step_required("review")
def sign_review(request, pk):
    """The set that is signed, once, with the password."""
    test_order = _test_order(pk)
    results = _results(request, test_order)
    if page := _LEADS.get(request.POST.get("lead")):
        chosen = urlencode({"result": [one.pk for one in results]}, doseq=True)
        return redirect(f"{reverse(page, args=[pk])}?{chosen}")
    evaluated = evaluator.evaluate(test_order.lot)
    text = signed_text.review_text(evaluated, pk, results, by=request.user)
    files = _files(evaluated, test_order, request.user)
    lines = _lines(
        evaluated, test_order, request.user, files, results=results, with_before=True
    )
    shown = lines
    if request.POST and not results:
        shown = _lines(
            evaluated, test_order, request.user, files, stages=STAGES["review"]
        )
    form = ReviewForm(
        _sent(request, evaluated, test_order, text) if request.POST else None,
        step="review",
        findings=_noticed(test_order, results or _open_to_reader(shown)),
    )
    if taken(
        request, form, result_review.review, test_order=test_order, results=results
    ):
        said = ngettext(
            "%(n)s result reviewed and signed.",
            "%(n)s results reviewed and signed.",
            len(results),
        )
        return _done(request, said % {"n": len(results)}, test_order)
    if request.POST and not results:
        # Back where they are selected, with what was typed.
        return _to_review(request, test_order, evaluated, form)
    of_lot = _of_lot(files)
    return render(
        request,
        "lots/results/sign_review.html",
        {
            "lot": test_order.lot,
            "test_order": test_order,
            "lines": lines,
            "files": of_lot,
            "is_any_unopened": not all(
                is_opened
                for found in (of_lot, *(line.attachments for line in lines))
                for _file, is_opened in found
            ),
            "invalid_runs": lot_page.invalid_runs(test_order.lot),
            **to_sign(form, text),
            "meaning": gettext(STEPS["review"].meaning),
        },
        status=status(form),
    )


@step_required("send_back")
def send_back(request, pk):
    """Results go back to the analyst with a reason."""
    test_order = _test_order(pk)
    evaluated = evaluator.evaluate(test_order.lot)
    results = _results(request, test_order)
    form = ReasonForm(request.POST or None)
    if taken(
        request, form, result_review.send_back, test_order=test_order, results=results
    ):
        said = ngettext(
            "%(n)s result returned.", "%(n)s results returned.", len(results)
        )
        return _done(request, said % {"n": len(results)}, test_order)
    return render(
        request,
        "lots/results/send_back.html",
        {
            "lot": test_order.lot,
            "test_order": test_order,
            "lines": _lines(
                evaluated,
                test_order,
                request.user,
                _files(evaluated, test_order, request.user),
                results=results,
            ),
            "form": form,
        },
        status=status(form),
    )


@step_required("confirm_correction")
def confirm_correction(request, pk):
    """A correction beside the value it replaces, to be signed by a second person."""
    result = get_object_or_404(
        Result.objects.select_related("test", "replaces"),
        pk=pk,
        kind__in=CORRECTIONS,
        replaces__isnull=False,
    )
    test_order = _test_order(result.test_order_id)
    is_reprocessed = result.kind == Kind.REPROCESSING
    form = (PhaseOneForm if is_reprocessed else SignedForm)(
        request.POST or None, step="confirm_correction"
    )
    if taken(request, form, result_review.confirm_correction, result=result):
        said = gettext("The correction is confirmed and signed.")
        return _done(request, said, test_order)
    evaluated = evaluator.evaluate(test_order.lot)
    text = signed_text.review_text(evaluated, test_order.pk, [result], by=request.user)
    files = _files(evaluated, test_order, request.user)
    correction, replaced = (
        _lines(evaluated, test_order, request.user, files, results=[one])[0]
        for one in (result, result.replaces)
    )
    return render(
        request,
        "lots/results/confirm_correction.html",
        {
            "lot": test_order.lot,
            "test_order": test_order,
            "test": result.test,
            "correction": correction,
            "replaced": replaced,
            "files": _of_lot(files),
            "is_reprocessed": is_reprocessed,
            "is_waiting": correction.stored.needs_confirmation,
            **to_sign(form, text),
            "meaning": gettext(STEPS["confirm_correction"].meaning),
        },
        status=status(form),
    )


def _test_order(pk):
    return get_object_or_404(
        TestOrder.objects.select_related(
            "lot__material", "lot__site__organisation", "lot__status"
        ),
        pk=pk,
    )


def _results(request, test_order):
    """Return the results named in the address, or in the form that was sent."""
    sent = request.POST if request.method == "POST" else request.GET
    return results_grid.chosen_results(test_order, sent.getlist("result"))


def _files(evaluated, test_order, person):
    """Return the files of the test order, and whether the person opened each."""
    one = evaluated.of(test_order.pk)
    results = [each.result for found in one.attempts.values() for each in found]
    return raw_data_opened.files_behind(one, results, by=person)


def _of_lot(files):
    """Return of the files those of the lot as a whole."""
    return [(file, is_opened) for file, is_opened in files if file.result_id is None]


def _lines(
    evaluated,
    test_order,
    person,
    files,
    *,
    stages=None,
    results=None,
    with_before=False,
):
    """Return the lines in these stages, or of these results, in the grid's order.

    `files` are those of the test order; `with_before` gives each the last values.
    """
    one = evaluated.of(test_order.pk)
    wanted = None if results is None else {result.pk for result in results}

    def behind(attempt):
        keys = {each.pk for each in permissions.history(attempt.result)}
        return tuple(each for each in files if each[0].result_id in keys)

    found = [
        (row, attempt)
        for row in (*one.grid, *one.informational)
        for attempt in row.attempts
        if (stages is None or attempt.stage in stages)
        and (wanted is None or attempt.result.pk in wanted)
    ]
    tests = {row.test.pk for row, _attempt in found} if with_before else ()
    before = values_before.of(evaluated, tests)
    return [
        ReviewLine(
            stored=results_grid.stored(attempt),
            verdicts=tuple(
                Judged(
                    one,
                    line,
                    verdict,
                    limit_bar.limit_bar(line.rule, attempt.reportable),
                )
                for one, line, verdict in results_grid.verdicts(row, attempt)
            ),
            exceptions=review_exceptions.of_attempt(
                test_order.lot, row, attempt, has_file=bool(behind(attempt))
            ),
            attachments=behind(attempt),
            own=_own(attempt, test_order.lot, person),
            before=before.get(row.test.pk, ()),
        )
        for row, attempt in found
    ]


def _own(attempt, lot, person):
    """Return why this person cannot review the result, blank if nothing is against.

    Or cannot confirm it, where it is a correction that waits for that.
    """
    waits = attempt.stage in blockers.STAGES["confirm_correction"]
    if not waits and (closed := blockers.to_review(attempt)):
        return sentence(closed)
    try:
        step_table.check(
            STEPS["confirm_correction" if waits else "review"],
            subject=f"{attempt.test.name} of {lot.number}",
            roles=frozenset(person.roles),
            lot_state=lot.state,
            deeds=permissions.deeds_with([attempt.result], person),
        )
    except step_table.NotAllowed as refusal:
        return sentence(refusal)
    return ""


urls = [
    path("test-orders/<int:pk>/review/", review, name="review"),
    path("test-orders/<int:pk>/review/sign/", sign_review, name="sign_review"),
    path("test-orders/<int:pk>/send-back/", send_back, name="send_back"),
    path("results/<int:pk>/confirm/", confirm_correction, name="confirm_correction"),
]
