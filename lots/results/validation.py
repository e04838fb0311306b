"""Validation of a result before it is stored: values, day, laboratory, kind and sample.

The entry page and the import ask the same functions. Reads, never writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lots import calendar
from lots.accounts import analysts
from lots.evaluation import raw_data, runs
from lots.models import (
    CORRECTIONS,
    InvalidRun,
    Kind,
    Occasion,
    Sample,
    Site,
    Source,
    Test,
    User,
    printable_text,
)
from lots.origin import lot_facts
from lots.rules import laboratory_error, reportable_value
from lots.rules.measurement import OF_PEAKS
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reportable_value import Calculation, Decimals, Determination
from lots.rules.unknown import if_known

# Days from the test to its entry by hand that need no reason: counts are read after
# five, and a week-end lies between (domain.md 6.3, contemporaneous).
LATE_DAYS = 7
FURTHER = (
    Kind.TRANSCRIPTION,
    Kind.REPROCESSING,
    Kind.REMEASUREMENT,
    Kind.RETEST,
    Kind.RESAMPLE,
)


class NotEntered(Refusal):
    """The result was not stored."""


@dataclass(frozen=True)
class Entry:
    """A result as a person or a file gives it, before it is stored.

    `seen` is how many attempts at the test the page showed; None for a file, which
    showed none. `laboratory` defaults to the lot's own site, `sample` to the only one
    of the lot. `started_on` is the first day of a test of several days. `decimals` says
    whether the numbers have the decimals that they were measured with.
    """

    test: Test
    determinations: Sequence[Determination]
    performed_by: User
    performed_on: object
    seen: int | None = None
    kind: str = Kind.FIRST
    reason: str = ""
    laboratory: Site | None = None
    sample: Sample | None = None
    started_on: object = None
    raw_reference: str = ""
    run: str = ""
    source: str = Source.PAGE
    decimals: str = Decimals.TYPED


def check_values(catalogue, test, texts, *, method=None):
    """Refuse texts that are no results of the test; return the method of the values.

    The current one, unless they were measured by another `method`.
    """
    method = method or catalogue.current_method.get(test.pk)
    if method is None:
        raise NotEntered(
            "procedure",
            "%(test)s has no approved method yet. QA drafts one on the page of the"
            " test, and another person of QA approves it.",
            field="determinations",
            test=test.name,
        )
    total = catalogue.tests.get(test.component_of_id)
    if total is not None and total.pk not in catalogue.current_method:
        # The total is calculated from this result, by a method of its own.
        raise NotEntered(
            "procedure-of-total",
            "%(test)s is added to %(total)s, which has no approved method yet. QA"
            " drafts one on the page of that test, and another person of QA approves"
            " it.",
            field="determinations",
            test=test.name,
            total=total.name,
        )
    if test.calculation == Calculation.TOTAL and catalogue.components[test.pk]:
        raise NotEntered(
            "computed",
            "%(test)s is calculated from %(parts)s; enter these instead.",
            field="determinations",
            test=test.name,
            parts=", ".join(part.name for part in catalogue.components[test.pk]),
        )
    measurement = catalogue.measurement(test.pk, method.pk)
    with if_known:
        for text in texts:
            reportable_value.entered(measurement, text)
            if test.is_text:
                printable_text.check(text, field="determinations", name="result")
    return method


def check_entry(lot, entry, *, at):
    """Refuse a result whose test, date, laboratory, sample or kind does not fit."""
    if entry.test.material_id != lot.material_id:
        raise NotEntered(
            "material",
            "%(test)s is not a test of %(material)s; choose a test of the lot's"
            " material.",
            field="test",
            test=entry.test.name,
            material=lot.material.name,
        )
    with if_known:
        if not entry.determinations:
            raise NotEntered("blank", "Type a value first.", field="determinations")
    with if_known:
        most = max(typed.injection for typed in entry.determinations)
        if most > entry.test.injections:
            # Several injections are one value: what is averaged is the method's to say.
            raise NotEntered(
                "injections",
                "%(test)s has injection %(most)s of a peak, and peaks are not averaged"
                " here. Give each peak once, as its mean over the injections that the"
                " method asks for."
                if entry.test.calculation in OF_PEAKS
                else "%(test)s has injection %(most)s of a preparation, and its method"
                " takes %(asked)s of each. Give further preparations instead, or have"
                " QA add a test that averages injections.",
                field="determinations",
                test=entry.test.name,
                asked=entry.test.injections,
                most=most,
            )
    with if_known:
        _check_days(lot, entry, today=calendar.today(at))
    with if_known:
        _check_laboratory(lot, entry)
    with if_known:
        check_raw_reference(lot, entry)
    with if_known:
        _check_sample(lot, entry, entry.started_on or entry.performed_on)
    with if_known:
        check_run(lot, entry)
    for refusal in lot_facts.names_other_use(
        # The reference of another laboratory's report, which certificates print.
        {"raw_reference": entry.raw_reference},
        lot.use,
    ):
        raise refusal
    _check_why(entry)
    with if_known:
        check_reprocessing(entry)
    with if_known:
        _check_text(lot, entry)


def _check_days(lot, entry, *, today):
    """Refuse days on which the test was not performed, or entered without a reason."""
    first = entry.started_on or entry.performed_on
    if entry.performed_on > today or (
        first < lot.manufactured_on and not _is_early(entry.sample)
    ):
        raise NotEntered(
            "performed-on",
            "A test of lot %(lot)s cannot have been performed on %(date)s: the lot was"
            " made on %(made)s and today is %(today)s. Correct the day.",
            field="performed_on",
            lot=lot.number,
            date=entry.performed_on if entry.performed_on > today else first,
            made=lot.manufactured_on,
            today=today,
        )
    if first > entry.performed_on:
        raise NotEntered(
            "started-on",
            "%(test)s cannot have begun on %(first)s, after its last day, %(date)s."
            " Correct the “First day, if earlier” above the grid.",
            field="started_on",
            test=entry.test.name,
            first=first,
            date=entry.performed_on,
        )
    refusal = analysts.against(entry.performed_by, on=entry.performed_on)
    if refusal:
        raise refusal
    late = (today - entry.performed_on).days
    if late > LATE_DAYS and entry.source == Source.PAGE and not entry.reason.strip():
        raise NotEntered(
            "late",
            "%(test)s was performed on %(date)s, %(days)s days ago. Type a “Reason for"
            " late entry” above the grid.",
            field="late_reason",
            test=entry.test.name,
            date=entry.performed_on,
            days=late,
        )


def _check_laboratory(lot, entry):
    """Refuse a laboratory that does not test, or a report that cannot be printed."""
    if entry.laboratory is not None and not entry.laboratory.tests:
        raise NotEntered(
            "laboratory",
            "%(site)s is not set up as a site that tests; choose another laboratory,"
            " or have QA change the site.",
            field="laboratory",
            site=str(entry.laboratory),
        )
    if entry.laboratory is not None:
        # Certificates name the report of a laboratory that is not the manufacturer's.
        printable_text.check(
            entry.raw_reference, field="raw_reference", name="raw-data reference"
        )


def _check_text(lot, entry):
    """Refuse a result in words that names a use which the lot cannot serve."""
    if entry.test.is_text:
        # What the words of a list say was asked when the test was set up.
        for typed in entry.determinations:
            for refusal in lot_facts.names_other_use(
                {"determinations": typed.text}, lot.use
            ):
                raise refusal


def check_raw_reference(lot, entry):
    """Refuse a raw-data reference by which nobody finds anything, such as a dash.

    That of another manufacturer's value is its certificate, however short the number.
    """
    text = entry.raw_reference.strip()
    if raw_data.is_manufacturers(lot, entry.laboratory):
        return
    if text and not raw_data.is_named(text):
        raise NotEntered(
            "raw-reference",
            "“%(text)s” names no raw data of %(test)s. Type the record with its number,"
            " such as “LN-12, page 7”, or leave it blank and attach the file.",
            field="raw_reference",
            text=text,
            test=entry.test.name,
        )


def check_reprocessing(entry):
    """Refuse reprocessed data without what was wrong, or without their raw data.

    The first processing is kept beside them (MHRA, GXP Data Integrity, 2018, 6.9).
    """
    if entry.kind != Kind.REPROCESSING:
        return
    if not laboratory_error.tells(entry.reason):
        raise NotEntered(
            "reprocessing",
            "Write which weight, dilution factor or integration of %(test)s was wrong,"
            " and what is right.",
            field="reason",
            test=entry.test.name,
        )
    if not laboratory_error.is_reference(entry.raw_reference):
        raise NotEntered(
            "reprocessing-raw-data",
            "Name the raw data of the new processing of %(test)s with their number,"
            " such as “CDS result 2026-118, version 2”; those of the first are kept.",
            field="raw_reference",
            test=entry.test.name,
        )


def check_run(lot, entry):
    """Refuse a result of a run that is invalid, or that a proven error spoiled.

    Whoever adds one afterwards would keep it from QA's decision on each result. A
    correction is of a value that QA let stand.
    """
    run = runs.key(entry.run)
    if not run:
        return
    laboratory = entry.laboratory or lot.site
    if InvalidRun.objects.filter(run=run, laboratory=laboratory).exists():
        raise NotEntered(
            "run-invalid",
            "Run %(run)s is recorded as invalid, so it gives no value of %(test)s. Name"
            " the run of the repeat under “Run or sequence”.",
            field="run",
            run=run,
            test=entry.test.name,
        )
    if entry.kind in CORRECTIONS:
        return
    case = runs.spoiled(laboratory.pk, run)
    if case is not None:
        raise NotEntered(
            "run-spoiled",
            "No result of run %(run)s is taken any more: investigation %(number)s"
            " proved an error of the whole run. Test %(test)s again in another run, and"
            " name that one under “Run or sequence”.",
            field="run",
            run=run,
            number=case.number,
            test=entry.test.name,
        )


def check_unnamed_runs(lot, entries):
    """Refuse a value without a run where a whole run of its test and day was spoiled.

    Nobody could tell whether it is of that run. In one query for all entries.
    """
    unnamed = []
    for one in entries:
        with if_known:
            if not runs.key(one.run) and one.kind not in CORRECTIONS:
                unnamed.append(one)
    if not unnamed:
        return
    cases = runs.spoiled_days({one.test.pk for one in unnamed})
    for entry in unnamed:
        number = None
        with if_known:
            laboratory_id = entry.laboratory.pk if entry.laboratory else lot.site_id
            number = cases.get((entry.test.pk, laboratory_id, entry.performed_on))
        if number is not None:
            raise NotEntered(
                "run-unnamed",
                "Investigation %(number)s proved an error of a whole run of %(test)s on"
                " %(date)s. Type under “Run or sequence” of which run this value is.",
                field="run",
                number=number,
                test=entry.test.name,
                date=entry.performed_on,
            )


def _is_early(sample):
    """Say whether the sample was taken before the lot was made, for a reason."""
    return sample is not None and bool(sample.early_reason)


def _check_why(entry):
    """Refuse a further result without its kind or its reason, both at once."""
    wrong = []
    with if_known:
        if entry.kind not in (Kind.FIRST, *FURTHER):
            wrong.append(
                NotEntered(
                    "kind",
                    "Choose the kind: transcription correction, data reprocessing,"
                    " re-measurement, retest or resample.",
                    field="kind",
                )
            )
    with if_known:
        if entry.kind != Kind.FIRST and not entry.reason.strip():
            wrong.append(
                NotEntered(
                    "reason",
                    "A repeat or correction of %(test)s needs a reason; type why you"
                    " enter it.",
                    field="reason",
                    test=entry.test.name,
                )
            )
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)


def _check_sample(lot, entry, first):
    """Refuse a result without a sample, of another lot's or of a later one."""
    if entry.sample is None and raw_data.is_manufacturers(lot, entry.laboratory):
        return
    if entry.sample is None:
        raise NotEntered(
            "no-sample",
            "%(test)s needs the sample that was tested, and lot %(lot)s has none."
            " Choose “Take a sample” on the page of the lot, then enter the result.",
            field="sample",
            test=entry.test.name,
            lot=lot.number,
        )
    if entry.sample.lot_id != lot.pk:
        raise NotEntered(
            "sample",
            "Sample %(sample)s does not belong to lot %(lot)s; choose a sample of this"
            " lot.",
            field="sample",
            sample=entry.sample.number,
            lot=lot.number,
        )
    if first < entry.sample.taken_on:
        raise NotEntered(
            "sample-later",
            "Sample %(sample)s was taken on %(taken)s, but %(test)s was performed"
            " before that, on %(date)s. Choose the sample that was tested, or correct"
            " the day of the test.",
            field="sample",
            sample=entry.sample.number,
            taken=entry.sample.taken_on,
            test=entry.test.name,
            date=first,
        )


def with_sample(lot, entry, *, taken, earlier=None):
    """Return the entry with the sample that it means, where it names none.

    The only one `taken` of the lot; of a repeat or correction, that of the `earlier`
    result. Refuses to choose among several. A value of another manufacturer is of a
    sample that we did not take: it names the manufacturer's certificate.
    """
    if raw_data.is_manufacturers(lot, entry.laboratory):
        return replace(
            entry,
            raw_reference=entry.raw_reference or lot.original_certificate_number,
        )
    if entry.sample is not None:
        return entry
    if earlier is not None and entry.kind != Kind.RESAMPLE and earlier.sample:
        return replace(entry, sample=earlier.sample)
    if len(taken) > 1:
        raise NotEntered(
            "sample",
            "Lot %(lot)s has the samples %(samples)s; choose under “Sample” above the"
            " grid the one of which %(test)s was tested.",
            field="sample",
            lot=lot.number,
            samples=", ".join(one.number for one in taken),
            test=entry.test.name,
        )
    return replace(entry, sample=taken[0]) if taken else entry


def check_after_plan(entry, investigation, attempts):
    """Refuse what was done before its investigation planned it.

    The number of retests is fixed before the first, or it is fixed by what they show;
    a resample is a new sample, which nobody has tested (FDA, Investigating OOS Test
    Results, 2022, IV.B).
    """
    planned_on = calendar.today(investigation.planned_at or investigation.closed_at)
    first = entry.started_on or entry.performed_on
    if first < planned_on:
        raise NotEntered(
            "before-the-plan",
            "%(test)s was performed on %(date)s, before the retest plan of"
            " investigation %(number)s was set on %(planned)s. The number of retests is"
            " fixed before the first; test it again, or correct the day.",
            field="performed_on",
            test=entry.test.name,
            date=first,
            number=investigation.number,
            planned=planned_on,
        )
    sample = entry.sample
    if entry.kind != Kind.RESAMPLE or sample is None:
        return
    opened_on = calendar.today(investigation.opened_at)
    is_tested = any(one.result.sample_id == sample.pk for one in attempts)
    if is_tested or sample.taken_on < opened_on:
        raise NotEntered(
            "resample",
            "A resample of %(test)s is of a new sample, and %(sample)s was tested"
            " before. Choose “Take a sample” on the page of the lot, then choose that"
            " sample above the grid."
            if is_tested
            else "A resample of %(test)s is of a new sample, and %(sample)s was taken"
            " before investigation %(number)s was opened on %(opened)s. Choose “Take a"
            " sample” on the page of the lot, then choose that sample above the grid.",
            field="sample",
            test=entry.test.name,
            sample=sample.number,
            number=investigation.number,
            opened=opened_on,
        )


def check_occasion(test_order, entry):
    """Refuse a result in a retest that was performed before the retest was opened.

    A use-by date is given by what the lot is on that day; results of earlier days are
    in the test order for which they were obtained (domain.md 9, rule 17).
    """
    opened_on = calendar.today(test_order.opened_at)
    first = entry.started_on or entry.performed_on
    if test_order.occasion == Occasion.RETEST and first < opened_on:
        raise NotEntered(
            "before-the-retest",
            "%(test)s was performed on %(date)s, before the retest of the lot was"
            " opened on %(opened)s. Test it again for the retest.",
            field="performed_on",
            test=entry.test.name,
            date=first,
            opened=opened_on,
        )
