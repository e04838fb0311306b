"""Pages of result entry: the grid of a test order, and submission.

Leaving a row stores it. The answer is the row as it is now, or the page without script.
"""

from django.db.models import Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lots import calendar
from lots.accounts import permissions
from lots.accounts.roles import readable, step_required
from lots.evaluation import evaluator, raw_data
from lots.evaluation.outcome import Attempt, GridRow
from lots.evidence import audit
from lots.forms.base import whole_number
from lots.forms.results import DefaultsForm, RemarkForm, ResultForm
from lots.models import Kind, MarkKind, Result, TestOrder
from lots.results import remarks, result_entry
from lots.rules.measurement import COMPLIES, DOES_NOT_COMPLY
from lots.rules.refusal import Refusal
from lots.setup import master_data
from lots.templatetags import qa
from lots.views import lot_page, results_grid
from lots.views.base import done, refuse_the_rest, status, taken
from lots.wording import sentence
from lots.workflow import blockers
from lots.workflow.blockers import STAGES


@require_safe
@readable
def test_order(request, pk):
    """The grid; `test` in the address adds a row for a test outside it."""
    page = Page(request, _test_order(pk))
    return render(request, "lots/results/entry.html", page.context())


@require_POST
@step_required("enter")
def enter_result(request, pk, test_pk):
    shown = _test_order(pk)
    catalogue = master_data.under(shown.told).catalogue(shown.lot.material_id)
    if test_pk not in catalogue.tests:
        raise Http404
    test = catalogue.tests[test_pk]
    page = Page(request, shown)
    form = page.sent(test, catalogue)
    at = timezone.now()
    if form.is_valid():
        try:
            _, page.evaluated = result_entry.enter_result(
                test_order=shown, test=test, by=request.user, at=at, **form.arguments()
            )
        except result_entry.Conflict as refusal:
            # The row is shown as it is now, so that the next try has seen it.
            typed = ResultForm.typed_in(test.pk, request.POST)
            form = page.form(test, kept=typed, refusals=(sentence(refusal),))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if not request.htmx:
                return redirect(page.address(anchor=f"row-{test.pk}"))
            return _stored_rows(request, page, test, at)
    if form.is_bound and form.errors:
        refuse_the_rest(
            form,
            result_entry.enter_result,
            test_order=shown,
            test=test,
            by=request.user,
            at=at,
        )
    page.put(form)
    if request.htmx:
        rows = [page.row(test.pk)]
        return _rows(request, page, rows, status=422)
    return render(request, "lots/results/entry.html", page.context(), status=422)


@step_required("enter")
def remark(request, pk):
    """A remark on a result, until the result is reviewed."""
    result = get_object_or_404(Result.objects.select_related("test"), pk=pk)
    shown = _test_order(result.test_order_id)
    attempt = evaluator.evaluate(shown.lot).of(shown.pk).attempt(pk)
    before = attempt.remark
    form = RemarkForm(
        request.POST or None,
        initial={
            "remark": before.reason if before else "",
            "is_printed": before is not None and before.kind == MarkKind.PRINTED_REMARK,
        },
    )
    if taken(request, form, remarks.add_remark, result=result):
        said = _("The remark on %(test)s is saved.") % {"test": result.test.name}
        return done(request, said, reverse("lots:test_order", args=[shown.pk]))
    return render(
        request,
        "lots/results/remark.html",
        {
            "lot": shown.lot,
            "test_order": shown,
            "result": result,
            "test": attempt.test,
            "typed": results_grid.typed(attempt),
            "form": form,
            "closed": ""
            if remarks.is_open(attempt, request.user)
            else _(
                "A result takes a remark of who entered or performed it, until it is"
                " reviewed."
            ),
        },
        status=status(form),
    )


@require_POST
@step_required("submit")
def submit(request, pk):
    shown = _test_order(pk)
    results = results_grid.chosen_results(shown, request.POST.getlist("result"))
    try:
        result_entry.submit(
            test_order=shown,
            results=results,
            by=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        page = Page(request, shown)
        context = page.context() | {
            "submit_refused": sentence(refusal),
            "is_refused": True,
        }
        return render(request, "lots/results/entry.html", context, status=422)
    said = ngettext(
        "%(n)s result submitted for review.",
        "%(n)s results submitted for review.",
        len(results),
    )
    return done(
        request, said % {"n": len(results)}, lot_page.address(shown.lot, "results")
    )


def _test_order(pk):
    return get_object_or_404(
        TestOrder.objects.select_related(
            "lot__material", "lot__site__organisation", "lot__status"
        ).annotate(told=Subquery(audit.beside_lots())),
        pk=pk,
    )


def _judged(test, catalogue, attempts):
    """Return how the form of a row judges what is typed, and says it.

    A correction is judged as the value was measured that it corrects, as the verb does;
    anything else by the method in use.
    """
    current = catalogue.current_method.get(test.pk)
    corrected = result_entry.method_of_corrected(
        catalogue, Kind.TRANSCRIPTION, attempts
    )
    if corrected == current:
        corrected = None
    return {
        "measurement": current and catalogue.measurement(test.pk, current.pk),
        "corrected": corrected and catalogue.measurement(test.pk, corrected.pk),
        "judged_by": _said_to_judge(corrected, current) if corrected else "",
    }


def _said_to_judge(corrected, current):
    """Return, in words, which kind of a further result is evaluated by which method."""
    said = [
        _("A correction is evaluated by %(method)s, by which the value was measured.")
        % {"method": _with_words(corrected)}
    ]
    if current:
        said.append(
            _("Any other kind is evaluated by %(method)s.")
            % {"method": _with_words(current)}
        )
    return " ".join(said)


def _with_words(method):
    """Return the name of a method, with the results of a limit test."""
    if not method.is_limit_test:
        return str(method)
    return f"{method} ({COMPLIES}; {DOES_NOT_COMPLY})"


class Page:
    """The grid of one test order as this person may fill it in.

    Nothing is judged before it is asked for, so that a row that is stored meanwhile
    is shown as it is then. What the verb that stored it judged by is not asked again.
    """

    def __init__(self, request, shown):
        self.request = request
        self.shown = shown
        self.lot = shown.lot
        self.forms = {}
        # Whether no result can be entered before a sample is taken.
        self.needs_sample = False

    @cached_property
    def evaluated(self):
        return evaluator.evaluate(self.lot)

    @cached_property
    def test_order(self):
        return self.evaluated.of(self.shown.pk)

    @property
    def rows(self):
        """Return the evaluated rows of the grid."""
        one = self.test_order
        return (*one.grid, *one.informational, *one.lacking)

    @cached_property
    def catalogue(self):
        return self.evaluated.catalogue

    @cached_property
    def enter(self):
        return permissions.offer("enter", self.lot, self.request.user)

    @cached_property
    def defaults(self):
        first = {
            "performed_by": self.request.user.pk,
            "performed_on": calendar.today(timezone.now()).isoformat(),
        }
        # A sample left blank was chosen to be none.
        given = {
            name: text for name, text in self.given.items() if text or name == "sample"
        }
        defaults = DefaultsForm(lot=self.lot, initial=first | given)
        if self.enter.open:
            self.needs_sample = not defaults.propose_only(self.evaluated.samples)
        return defaults

    @cached_property
    def bare(self):
        """Return why results cannot be submitted yet, by their keys: no raw data."""
        return raw_data.lacking(self.lot, blockers.waiting(self.test_order, "submit"))

    @cached_property
    def given(self):
        """Return the defaults that the address has, or the row that was sent."""
        sent = self.request.GET
        test = self.request.resolver_match.kwargs.get("test_pk")
        if test is not None:
            sent = ResultForm.typed_in(test, self.request.POST)
        return {name: sent[name] for name in DefaultsForm.base_fields if name in sent}

    def address(self, *, anchor=""):
        """Return the page's address with the defaults that were posted."""
        page = reverse("lots:test_order", args=[self.shown.pk])
        return f"{page}?{urlencode(self.given)}#{anchor}"

    def form(self, test, *, kept=None, refusals=()):
        """Return the form of a row to show: blank, or kept beside a conflict."""
        attempts = self.test_order.attempts.get(test.pk, ())
        initial = kept
        if kept is None:
            # A further result has raw data of its own, which its row asks for.
            initial = self.defaults.chosen() if attempts else self.defaults.proposed()
        return ResultForm(
            test=test,
            lot=self.lot,
            further=bool(attempts),
            initial=initial | {"seen": len(attempts)},
            refusals=refusals,
            **_judged(test, self.evaluated.catalogue, attempts),
        )

    def sent(self, test, catalogue):
        """Return the form of a row as it was sent."""
        posted = self.request.POST
        # What the page showed decides; the verb notices a result in between.
        further = ResultForm.typed_in(test.pk, posted).get("seen") != "0"
        attempts: tuple[Attempt, ...] = ()
        if further and catalogue.has_versions(test.pk):
            # Not kept: what is shown in the end is judged after the verb.
            now = evaluator.evaluate(self.lot)
            catalogue = now.catalogue
            attempts = now.of(self.shown.pk).attempts.get(test.pk, ())
        return ResultForm(
            posted,
            test=test,
            lot=self.lot,
            by=self.request.user,
            further=further,
            **_judged(test, catalogue, attempts),
        )

    def put(self, form):
        """Let the row of the form show it instead of a blank one."""
        self.forms[form.test.pk] = form

    def make(self, test_order, grid_row, *, catalogue):
        """Return a row with its form, as `grid.sections` asks for it."""
        test = grid_row.test
        form = self.forms.get(test.pk)
        is_open = self.enter.open and not results_grid.computed_from(test, catalogue)
        closed = ""
        if form is None and is_open:
            closed = self.closed(test, grid_row.attempts)
            form = None if closed else self.form(test)
        return results_grid.row(
            test_order,
            grid_row,
            catalogue=catalogue,
            form=form,
            closed=closed,
            bare=self.bare,
            investigations=self.evaluated.open_investigations,
            is_refused=test.pk in self.forms,
            by=self.request.user if self.enter.open else None,
        )

    def closed(self, test, attempts):
        """Return why the test takes no first result here now, blank if it does."""
        if attempts:
            return ""
        refusal = blockers.to_enter_first(self.evaluated, self.shown.pk, test)
        return sentence(refusal) if refusal else ""

    def row(self, test_pk):
        """Return one row, also of a test that has no result here yet."""
        found = next((row for row in self.rows if row.test.pk == test_pk), None)
        if found is None:
            found = GridRow(
                test=self.catalogue.tests[test_pk],
                method=self.catalogue.current_method.get(test_pk),
                attempts=(),
                lines=(),
            )
        return self.make(self.test_order, found, catalogue=self.catalogue)

    def context(self):
        shown_tests = {row.test.pk for row in self.rows}
        others = [
            test for pk, test in self.catalogue.tests.items() if pk not in shown_tests
        ]
        added = [
            self.row(pk)
            for pk in {*self._asked_for(), *self.forms}
            if pk not in shown_tests and pk in self.catalogue.tests
        ]
        sections = results_grid.sections(
            self.test_order, self.catalogue, make=self.make
        )
        return {
            "lot": self.lot,
            "test_order": self.shown,
            "assessments": results_grid.live_assessments(self.test_order),
            "sections": sections,
            "added": added,
            "others": others,
            "defaults": self.defaults,
            "enter": self.enter,
            "needs_sample": self.needs_sample,
            "is_refused": bool(self.forms),
            "why_closed": sentence(self.enter.why) if self.enter.why else "",
            **self.summary(),
        }

    def summary(self):
        """Return the counts under the grid."""
        attempts = [
            attempt for each in self.test_order.attempts.values() for attempt in each
        ]
        rows = [row for row in self.rows if row.lines or row.least]
        return {
            "tests": len(rows),
            "tests_entered": sum(bool(row.attempts) for row in rows),
            "to_submit": sum(
                attempt.stage in STAGES["submit"] and attempt.result.pk not in self.bare
                for attempt in attempts
            ),
            "open_investigations": self.evaluated.open_investigations,
        }

    def _asked_for(self):
        asked = map(whole_number, self.request.GET.getlist("test"))
        return {key for key in asked if key is not None}


def _stored_rows(request, page, test, at):
    """Answer with the rows whose results this act stored, the entered one first.

    And with those that waited for what was stored.
    """
    results = [
        attempt.result
        for attempts in page.test_order.attempts.values()
        for attempt in attempts
    ]
    stored = {result.pk for result in results if result.entered_at == at}
    touched = dict.fromkeys(
        result.test_id
        for result in results
        if result.pk in stored or not stored.isdisjoint(result.inputs)
    )
    rows = [page.row(pk) for pk in (test.pk, *(pk for pk in touched if pk != test.pk))]
    return _rows(request, page, rows, announcement=_announcement(rows))


def _announcement(rows):
    """Return the verdicts of the rows in words, for who does not see the chips.

    With the investigations that are open on them.
    """
    cases = {
        _("Out of specification: investigation %(number)s is open.")
        % {"number": one.number}: None
        for row in rows
        for one in row.cases
    }
    return " ".join(
        (*_stored_in_words(rows), *cases),
    )


def _stored_in_words(rows):
    return (
        _("%(test)s stored: %(verdicts)s.")
        % {
            "test": row.test.name,
            "verdicts": ", ".join(
                f"{cell.assessment.specification} {qa.word(cell.line.outcome)}"
                for cell in row.cells
                if cell.line
            )
            or _("for information"),
        }
        for row in rows
    )


def _rows(request, page, rows, *, announcement="", status=200):
    first, *others = rows
    if status != 200:
        announcement = " ".join(first.form.every_complaint())
    return render(
        request,
        "lots/results/_grid_rows.html",
        {
            "row": first,
            "others": others,
            "announcement": announcement,
            "test_order": page.shown,
            **page.summary(),
        },
        status=status,
    )


urls = [
    path("test-orders/<int:pk>/", test_order, name="test_order"),
    path(
        "test-orders/<int:pk>/tests/<int:test_pk>/", enter_result, name="enter_result"
    ),
    path("test-orders/<int:pk>/submit/", submit, name="submit"),
    path("results/<int:pk>/remark/", remark, name="remark"),
]
