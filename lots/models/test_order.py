"""Test orders with their assessments, results and investigations."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lots.models.code_field import CodeField
from lots.models.fields import PlainCharField, PlainJSONField
from lots.rules.laboratory_error import RunFinding, WhyInvalid
from lots.rules.reportable_value import Decimals
from lots.rules.states import CURRENT, AssessmentState
from lots.rules.stored_codes import Coded, gettext_noop


class Occasion(models.TextChoices):
    RELEASE = "release", _("Release testing")
    RETEST = "retest", _("Retest")
    CROSS_CHECK = "cross_check", _("Comparison with supplier certificate")
    STABILITY = "stability", _("Stability point")


class TestOrder(models.Model):
    """One occasion on which a lot is tested. Owns samples and results."""

    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="test_orders")
    ordinal = models.PositiveSmallIntegerField()
    occasion = PlainCharField(
        max_length=12, choices=Occasion.choices, default=Occasion.RELEASE
    )
    use_by = models.DateField(_("use-by date"), null=True, blank=True)
    opened_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "lots_examination"
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "ordinal"], name="examination_ordinal_once"
            )
        ]

    def __str__(self):
        return f"{self.lot} / {self.ordinal}"


class Assessment(models.Model):
    """A test order evaluated against one specification version.

    `use` repeats the specification's, `stand_in` names the signed row by which a
    lot made for another use may be judged here. `due` lists the periodic tests
    (primary keys) that this lot must have, decided when the assessment was opened.
    `released_on` is the company's date of the releasing signature.
    """

    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="assessments")
    test_order = models.ForeignKey(
        TestOrder,
        models.PROTECT,
        related_name="assessments",
        db_column="examination_id",
    )
    specification = models.ForeignKey(
        "lots.Specification", models.PROTECT, related_name="assessments"
    )
    use = PlainCharField(max_length=20)
    alternative_use = models.ForeignKey(
        "lots.AlternativeUse",
        models.PROTECT,
        null=True,
        related_name="+",
        db_column="stand_in_id",
    )
    state = CodeField(
        codes=AssessmentState, max_length=18, default=AssessmentState.OPEN.value
    )
    state_reason = PlainCharField(max_length=400, blank=True)
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )
    due = PlainJSONField(default=list)
    released_on = models.DateField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["test_order", "specification"],
                condition=models.Q(state__in=list(CURRENT)),
                name="assessment_one_live_per_specification",
            )
        ]

    def __str__(self):
        return f"{self.test_order} against {self.specification}"


class Kind(models.TextChoices):
    """What a result is to the ones before it."""

    FIRST = "first", _("First result")
    TRANSCRIPTION = "transcription", _("Transcription correction")
    REPROCESSING = "reprocessing", _("Data reprocessing")
    REMEASUREMENT = "remeasurement", _("Re-measurement")
    RETEST = "retest", _("Retest")
    RESAMPLE = "resample", _("Resample")
    RECALCULATION = "recalculation", _("Recalculation")


# What takes the place of an earlier value once a second person confirmed it.
CORRECTIONS = (Kind.TRANSCRIPTION, Kind.REPROCESSING)


class Source(models.TextChoices):
    PAGE = "page", _("Entered manually")
    IMPORT = "import", _("Imported")
    COMPUTED = "computed", _("Calculated from other results")


class Result(models.Model):
    """One attempt at one test in one test order. Never edited.

    `determinations` holds what was typed: a list of objects with `text`,
    `preparation`, `injection`, `component`. `inputs` lists the results that a
    computed or corrected value was worked out from. `replaces` is the attempt that
    a correction or recalculation takes the place of; where that one failed, the new
    one stands only once a second person confirmed it (`needs_confirmation`). Results
    of one laboratory with the same `run` were obtained in one run or sequence.

    `decimals` says whether the values have all that were typed (Decimals).

    `performed_on` is the day of the test, or its last day where `started_on` is its
    first. `parts` are the results that a total adds up, at hand on one that was judged.

    Results are asked for by test order, method or run, which the indexes below begin
    with, or by test, investigation or what they replace. Nobody asks for all results of
    a person, a laboratory or a sample.
    """

    parts: tuple["Result", ...] = ()
    test_order = models.ForeignKey(
        TestOrder,
        models.PROTECT,
        related_name="results",
        db_column="examination_id",
        db_index=False,
    )
    test = models.ForeignKey("lots.Test", models.PROTECT, related_name="results")
    attempt = models.PositiveSmallIntegerField()
    kind = PlainCharField(max_length=14, choices=Kind.choices, default=Kind.FIRST)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replaced_by", db_index=False
    )
    needs_confirmation = models.BooleanField(default=False)
    investigation = models.ForeignKey(
        "lots.Investigation",
        models.PROTECT,
        null=True,
        related_name="retests",
        db_index=False,
    )
    determinations = PlainJSONField()
    inputs = PlainJSONField(default=list)
    method = models.ForeignKey(
        "lots.Method",
        models.PROTECT,
        related_name="+",
        db_column="procedure_id",
        db_index=False,
    )
    laboratory = models.ForeignKey(
        "lots.Site", models.PROTECT, related_name="+", db_index=False
    )
    sample = models.ForeignKey(
        "lots.Sample", models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = PlainCharField(max_length=10, choices=Source.choices, default=Source.PAGE)
    raw_reference = PlainCharField(_("raw data reference"), max_length=120, blank=True)
    run = PlainCharField(_("run or sequence"), max_length=40, blank=True)
    reason = PlainCharField(max_length=400, blank=True)
    decimals = CodeField(codes=Decimals, max_length=6, default="", blank=True)
    performed_by = models.ForeignKey(
        "lots.User", models.PROTECT, related_name="+", db_index=False
    )
    performed_on = models.DateField()
    started_on = models.DateField(_("first day of the test"), null=True)
    entered_by = models.ForeignKey(
        "lots.User", models.PROTECT, related_name="+", db_index=False
    )
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["test_order", "test", "attempt"], name="result_attempt_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["run", "laboratory"],
                condition=~models.Q(run=""),
                name="result_of_run",
            ),
            models.Index(fields=["method", "performed_on"], name="result_of_method"),
            models.Index(
                fields=["replaces"],
                condition=models.Q(replaces__isnull=False),
                name="result_in_place_of",
            ),
            models.Index(
                fields=["investigation"],
                condition=models.Q(investigation__isnull=False),
                name="result_of_investigation",
            ),
        ]

    def __str__(self):
        return f"{self.test}, attempt {self.attempt}"

    @property
    def first_day(self):
        """Return the day on which the test began."""
        return self.started_on or self.performed_on

    @property
    def days(self):
        """Return the day of the test, or its first and its last day."""
        if self.started_on in (None, self.performed_on):
            return f"{self.performed_on}"
        return f"{self.started_on} – {self.performed_on}"

    @property
    def serves_hypothesis(self):
        """Say whether it was measured to test a hypothesis, and is never reportable.

        Before version 0.4.0 a preparation was also measured again without an
        investigation; such a value is a result like any other.
        """
        return self.kind == Kind.REMEASUREMENT and self.investigation_id is not None


class MarkKind(Coded):
    """What was done with a result after it was stored."""

    SUBMITTED = "submitted", gettext_noop("Submitted")
    RETURNED = "returned", gettext_noop("Returned")
    REVIEWED = "reviewed", gettext_noop("Reviewed")
    CONFIRMED = "confirmed", gettext_noop("Correction confirmed")
    INVALIDATED = "invalidated", gettext_noop("Invalidated")
    REMARK = "remark_kept", gettext_noop("Remark (not printed)")
    PRINTED_REMARK = "remark_shown", gettext_noop("Printed remark")


class Mark(models.Model):
    """What was done with a result after it was stored. Only ever added to."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="marks")
    kind = CodeField(codes=MarkKind, max_length=12)
    reason = PlainCharField(max_length=400, blank=True)
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        "lots.User", models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.result}: {self.kind}"


class Conclusion(models.TextChoices):
    PROVEN = "proven", _("Laboratory error proven: the result is invalidated")
    NOT_PROVEN = "not_proven", _("Not proven: the result stays valid")


class Investigation(models.Model):
    """Opened by a result that fails; left only by its conclusion.

    `planned_retests` is fixed before the first retest (FDA OOS guidance 2022).
    `corrected_by` is the result that stands in place of the investigated one, where
    that ended it: its correction, which a second person confirmed; or the earlier one,
    where it was itself a correction and was sent back, which nobody concludes.

    A laboratory error is proven with the kind of its cause and with `evidence`, a
    reference or a file. Not proven, `production` and `other_lots` are the phase II
    record. `phase_one` is the phase I record of the result, at hand on one that was
    loaded with its lot.
    """

    phase_one: "PhaseOne | None" = None
    number = PlainCharField(max_length=20, unique=True)
    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="investigations")
    result = models.ForeignKey(Result, models.PROTECT, related_name="investigations")
    trigger = PlainCharField(max_length=300)
    opened_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    hypothesis = PlainCharField(_("hypothesis"), max_length=600, blank=True)
    planned_retests = models.PositiveSmallIntegerField(_("retests planned"), null=True)
    planned_by = models.ForeignKey(
        "lots.User", models.PROTECT, null=True, related_name="+"
    )
    planned_at = models.DateTimeField(null=True)
    conclusion = PlainCharField(max_length=12, choices=Conclusion.choices, blank=True)
    cause = PlainCharField(_("cause"), max_length=600, blank=True)
    cause_kind = PlainCharField(_("kind of the cause"), max_length=12, blank=True)
    evidence = PlainCharField(_("evidence"), max_length=200, blank=True)
    evidence_file = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    production = PlainCharField(_("production"), max_length=600, blank=True)
    other_lots = PlainCharField(_("other lots"), max_length=600, blank=True)
    corrected_by = models.ForeignKey(
        Result, models.PROTECT, null=True, related_name="+"
    )
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["result"], name="investigation_once_per_result"
            )
        ]
        indexes = [
            # Asked for all lots at once, with what was made of them.
            models.Index(
                fields=["lot"],
                condition=models.Q(closed_at=None),
                name="investigation_open",
            ),
        ]

    def __str__(self):
        return self.number


class PhaseOne(models.Model):
    """The phase I record of a result: what a reviewer checked in the laboratory.

    `checks` has an object for each check, with `check`, `answer` and `remark`. A later
    record of the same result stands in place of an earlier one, which is kept.
    """

    result = models.ForeignKey(Result, models.PROTECT, related_name="phase_ones")
    checks = PlainJSONField()
    signature = models.ForeignKey("lots.Signature", models.PROTECT, related_name="+")

    def __str__(self):
        return f"{self.result}: phase I"


class InvalidRun(models.Model):
    """A run of a lot that gave no value, recorded before any value of it is stored.

    Its system suitability failed, or it was aborted; the repeat has a run of its own.
    """

    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="invalid_runs")
    laboratory = models.ForeignKey("lots.Site", models.PROTECT, related_name="+")
    run = PlainCharField(_("run or sequence"), max_length=40)
    why = CodeField(codes=WhyInvalid, max_length=12)
    happened = PlainCharField(_("what happened"), max_length=400)
    evidence = PlainCharField(_("evidence"), max_length=200, blank=True)
    evidence_file = models.ForeignKey(
        "lots.Document", models.PROTECT, null=True, related_name="+"
    )
    recorded_by = models.ForeignKey("lots.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "laboratory", "run"], name="invalid_run_once"
            )
        ]
        indexes = [models.Index(fields=["run", "laboratory"], name="run_invalid")]

    def __str__(self):
        return self.run


class RunDecision(models.Model):
    """What QA decided of another result of the run whose cause is an investigation's.

    Signed with the conclusion of the investigation.
    """

    investigation = models.ForeignKey(
        Investigation, models.PROTECT, related_name="run_decisions"
    )
    result = models.ForeignKey(Result, models.PROTECT, related_name="run_decisions")
    finding = CodeField(codes=RunFinding, max_length=12)
    reason = PlainCharField(_("reason"), max_length=400)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["investigation", "result"], name="run_decision_once"
            )
        ]

    def __str__(self):
        return f"{self.investigation}: {self.result}"


class PeriodicFailure(models.Model):
    """A periodic test failed on a lot: until QA reinstates it, every lot is tested.

    Lots that were released without the test since the last lot that `passed` it, none
    of them known where that is empty, are in question (ICH Q6A 2.1). `signature` and
    `reason` are those of the reinstatement.
    """

    lot = models.ForeignKey(
        "lots.Lot", models.PROTECT, related_name="periodic_failures"
    )
    test = models.ForeignKey("lots.Test", models.PROTECT, related_name="+")
    result = models.OneToOneField(
        Result, models.PROTECT, related_name="periodic_failure"
    )
    passed = models.ForeignKey("lots.Lot", models.PROTECT, null=True, related_name="+")
    failed_at = models.DateTimeField()
    reason = PlainCharField(_("reason"), max_length=400, blank=True)
    signature = models.ForeignKey(
        "lots.Signature", models.PROTECT, null=True, related_name="+"
    )

    def __str__(self):
        return f"{self.test.name} of lot {self.lot}"


class ReleaseKept(models.Model):
    """QA's decision that a release stands under a minimum approved after it.

    The lot was released for the use by a specification that does not cover the
    minimum. What was decided otherwise is a state of the lot or of a certificate.
    """

    lot = models.ForeignKey("lots.Lot", models.PROTECT, related_name="releases_kept")
    use = PlainCharField(max_length=20)
    minimum = models.ForeignKey(
        "lots.Specification", models.PROTECT, related_name="releases_kept"
    )
    reason = PlainCharField(_("reason"), max_length=400)
    signature = models.ForeignKey("lots.Signature", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "use", "minimum"], name="release_kept_once"
            )
        ]

    def __str__(self):
        return f"{self.lot}: {self.minimum}"
