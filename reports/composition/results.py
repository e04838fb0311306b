"""Results of a released assessment as a certificate prints them."""

from collections import defaultdict
from dataclasses import replace
from functools import cached_property

from lots.evaluation import periodic_tests, raw_data
from lots.models import Group, Kind, MarkKind
from lots.rules import compendia, verdicts
from lots.rules.reportable_value import Calculation
from lots.rules.reported_value import Kind as ValueKind
from lots.rules.roles import IssuerRole
from lots.rules.rounding import Rule
from lots.rules.states import AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome, Requirement
from lots.setup import printed_identity, signed_specification
from reports.composition import line_words
from reports.content import certificate as content

HEADINGS = {
    Group.IDENTITY: "Description and identity",
    Group.ASSAY: "Assay",
    Group.RELATED: "Related substances",
    Group.WATER: "Water and residue",
    Group.INORGANIC: "Inorganic impurities and limit tests",
    Group.SOLVENTS: "Residual solvents",
    Group.ELEMENTS: "Elemental impurities",
    Group.MICROBIOLOGY: "Microbiology and endotoxins",
    Group.PH: "pH",
    Group.PHYSICAL: "Physical",
}
VERDICTS: dict[str, content.Verdict] = {
    LineOutcome.PASS: "Complies",
    LineOutcome.REPORTED: "Reported",
    LineOutcome.FAIL: "Does not comply",
    LineOutcome.UNDECIDED: "Does not comply",
}
# Of a test that no earlier lot spared this one; no certificate is issued with it.
UNSPARED = "no result on an earlier lot counts for it"


def printed(evaluated, assessment):
    """Return the lines that a certificate prints, in its order."""
    order = list(HEADINGS)
    lines = [line for line in evaluated.assessment(assessment.pk).lines if line.valid]
    if assessment.specification.prints_in_order:
        return lines
    signed = _signed(evaluated, assessment)
    return sorted(
        lines,
        key=lambda line: order.index(_heading(line.test, signed)),
    )


def _signed(evaluated, assessment):
    """Return what was approved of each test, by its code."""
    key = assessment.specification_id
    return signed_specification.signed_of_tests(
        evaluated.catalogue.specifications([key])[key]
    )


def _heading(test, signed):
    """Return the heading of a test as approved; today's where nobody signed one."""
    return Group(signed[test.code].group or test.group)


class Results:
    """What the assessment's lines say in print, worked out once.

    `laboratories` are their printed identities, as `printed_identity` gives them.
    """

    def __init__(self, evaluated, assessment, *, laboratories):
        self._identities = {one["key"]: one for one in laboratories}
        self._evaluated = evaluated
        self._lot = evaluated.lot
        self._specification = assessment.specification
        self._released_at = assessment.signature.at
        self._test_order = evaluated.of(assessment.test_order_id)
        lines = evaluated.assessment(assessment.pk).lines
        self._printed = printed(evaluated, assessment)
        self._signed = _signed(evaluated, assessment)
        self._absent = [line for line in lines if not line.valid]
        self._footnotes: dict[str, str] = {}
        self._laboratories = {}
        self.used = self._used()
        self.groups = self._groups()
        for note in self._notes_of_absent():
            self._mark(note)
        self.footnotes = tuple(
            content.Footnote(mark=mark, text=text)
            for text, mark in self._footnotes.items()
        )
        self.laboratories = self._laboratories_used()

    @property
    def complies(self):
        passing = (LineOutcome.PASS, LineOutcome.REPORTED)
        return all(line.outcome in passing for line in self._printed)

    @property
    def compendial(self):
        """Say whether all, some or none of the printed lines are the compendium's."""
        marked = {line.criterion.is_compendial for line in self._printed}
        if not self._specification.compendium or True not in marked:
            return "none"
        return "some" if False in marked else "all"

    @property
    def partial(self):
        """Say whether the specification has tests that this lot does not show."""
        return bool(self._absent)

    @cached_property
    def samples(self):
        """Return the samples that the results name.

        Where none does, the only one that the lot had at its release, unless it was
        taken when a test was done already: a reserve sample was tested by nobody. Of
        values of another manufacturer none is ours.
        """
        found = {each.result.sample_id: each.result.sample for each in self.used}
        found.pop(None, None)
        if found:
            return [found[pk] for pk in sorted(found)]
        if all(
            raw_data.is_manufacturers(self._lot, each.result.laboratory)
            for each in self.used
        ):
            return []
        taken = list(
            self._lot.samples.filter(recorded_at__lte=self._released_at).order_by("pk")[
                :2
            ]
        )
        return taken if len(taken) == 1 and self._is_before(taken[0].taken_on) else []

    @property
    def sampled_on(self):
        """Return the first day of sampling; None if a test was done before it.

        What was tested then came of another sample, which no result names.
        """
        first = min((each.taken_on for each in self.samples), default=None)
        return first if first and self._is_before(first) else None

    def _is_before(self, day):
        return self.tested_from is None or day <= self.tested_from

    @property
    def tested_from(self):
        return min((each.result.first_day for each in self.used), default=None)

    @property
    def tested_to(self):
        return max((each.result.performed_on for each in self.used), default=None)

    @property
    def rounding(self):
        usual, *others = self._rules
        if not others:
            return (
                f"Results are rounded once, {usual.printed}, to the places of the limit"
                f" ({self._source(usual)}), and compared with the criterion as rounded."
            )
        footnoted = " or ".join(
            f"{rule.printed} ({self._source(rule)})" for rule in others
        )
        return (
            "Results are rounded once, to the places of the limit, and compared with"
            f" the criterion as rounded: {usual.printed} ({self._source(usual)}); where"
            f" a footnote says so, {footnoted}."
        )

    def _source(self, rule):
        """Return where the rule stands: in the pharmacopoeias that are named."""
        if rule is not Rule.HALF_UP:
            return rule.source
        named = compendia.rounding_sources(
            self._specification.grade, self._specification.compendium
        )
        return ", ".join(named) or rule.source

    @property
    def _rules(self):
        """Return the rules by which printed lines are rounded, the usual one first."""
        used = {line.rule.rounding for line in self._printed}
        return tuple(rule for rule in Rule if rule in used) or (Rule.HALF_UP,)

    def _used(self):
        """Return the valid attempts that lines print or were worked out from."""
        by_id = {
            each.result.pk: each
            for attempts in self._test_order.attempts.values()
            for each in attempts
        }
        wanted = [
            attempt.result.pk for line in self._printed for attempt, _ in line.valid
        ]
        used = {}
        while wanted:
            pk = wanted.pop(0)
            if pk in by_id and pk not in used:
                used[pk] = by_id[pk]
                wanted += by_id[pk].result.inputs
        return tuple(used.values())

    def _groups(self):
        if self._specification.prints_in_order:
            together = tuple(
                self._line(line, _heading(line.test, self._signed))
                for line in self._printed
            )
            return (content.Group(heading="", lines=together),) if together else ()
        lines = defaultdict(list)
        for line in self._printed:
            heading = _heading(line.test, self._signed)
            lines[heading].append(self._line(line, heading))
        return tuple(
            content.Group(heading=HEADINGS[group], lines=tuple(lines[group]))
            for group in HEADINGS
            if group in lines
        )

    def _line(self, line, heading):
        last = line.valid[-1][0]
        # The result of a limit test may be a word: the limit then keeps its unit.
        has_words = last.reportable.kind is ValueKind.WORD
        numeric = line.rule.kind.compares and not has_words
        unit = "" if has_words else line.test.unit
        uncertainty = line_words.uncertainty(line)
        test, basis = line_words.name_and_basis(
            line.test,
            heading=heading,
            attribute=self._signed[line.test.code].attribute,
            numeric=numeric,
        )
        return content.Line(
            test=test,
            procedure=line_words.cited(last.method),
            # The unit is printed once, behind the result.
            criterion=verdicts.words(
                line.rule if has_words else replace(line.rule, unit="")
            ),
            result=line.shown,
            unit=unit,
            verdict=VERDICTS[line.outcome],
            basis=basis,
            quantitation=line_words.quantitation(line),
            numeric=numeric,
            uncertainty=uncertainty,
            notes=tuple(map(self._mark, self._notes(line))),
            laboratory=""
            if self._is_of_several(line)
            else self._laboratory(last.result.laboratory),
        )

    def _notes(self, line):
        """Yield what has to be said of a line, each in its own sentence."""
        calculation = Calculation.of(line.test.calculation)
        if calculation is Calculation.TOTAL:
            yield (
                "Sum of the unrounded values above the reporting threshold of"
                f" {line.test.threshold} {line.test.unit}; it may differ from the sum"
                " of the printed ones."
            )
        elif calculation is Calculation.LARGEST_UNSPECIFIED:
            yield (
                f"RT, the reporting threshold, is {line.test.threshold}"
                f" {line.test.unit}; peaks at or below it are not reported."
                if not line.test.at_threshold_counts
                else f"RT, the reporting threshold, is {line.test.threshold}"
                f" {line.test.unit}; peaks below it are not reported."
            )
        if line_words.uncertainty(line):
            yield (
                "± is the expanded uncertainty of the result (k = 2, a level of"
                " confidence of about 95 %); no verdict depends on it."
            )
        for attempt, _ in line.valid:
            if attempt.remark and attempt.remark.kind == MarkKind.PRINTED_REMARK:
                yield line_words.remark_of(attempt)
        if line.criterion.is_compendial and self.compendial == "some":
            yield f"Test and criterion of {self._specification.compendium}."
        if line.rule.rounding is not self._rules[0]:
            rule = line.rule.rounding
            yield f"Rounded {rule.printed} ({self._source(rule)})."
        if line.criterion.requirement == Requirement.PERIODIC:
            often = line_words.frequency(line.criterion)
            yield f"Tested {often}; the value is of this lot."
        if self._is_of_several(line):
            yield f"Results in this order: {'; '.join(self._by_laboratory(line))}."
        yield from self._history(line)

    @staticmethod
    def _is_of_several(line):
        """Say whether results of several laboratories stand side by side."""
        return len({each.result.laboratory_id for each, _ in line.valid}) > 1

    def _by_laboratory(self, line):
        """Yield each valid result with who obtained it; a line has but one mark."""
        for attempt, verdict in line.valid:
            laboratory = attempt.result.laboratory
            mark = self._laboratory(laboratory)
            yield (
                f"{verdict.shown} {line.test.unit}".strip()
                + f" by {self._named(laboratory)}"
                + (f" ({mark})" if mark else "")
            )

    def _history(self, line):
        """Yield every attempt beside the printed one, once one was investigated.

        All results of a test that was out of specification are reported, on the
        certificate too (domain.md 5.1; FDA OOS guidance 2022).
        """
        cases = {
            case.result_id: case
            for case in self._evaluated.investigations
            if case.result_id in {attempt.result.pk for attempt, _ in line.verdicts}
        }
        for attempt, verdict in line.verdicts:
            case = cases.get(attempt.result.pk)
            failed = verdict.outcome is Outcome.FAIL
            if attempt.is_valid or not (case or failed):
                continue
            if attempt.result.serves_hypothesis:
                # It shows what the first preparation was, never what the lot is.
                continue
            shown = f"{verdict.shown} {line.test.unit}".strip()
            number = f" ({case.number})" if case else ""
            if attempt.sent_back:
                yield (
                    f"A value of {shown}{number} was calculated from a correction that"
                    " a second person returned; it was never valid."
                    if attempt.result.kind == Kind.RECALCULATION
                    else f"A correction to {shown}{number} was returned by a second"
                    " person; it was never valid."
                )
            elif attempt.stage == AttemptStage.INVALIDATED:
                yield (
                    f"A result of {shown} was found invalid{number}, a laboratory"
                    " error being proven; the value printed was obtained after it."
                )
            elif self._replacer(attempt).kind == Kind.REPROCESSING:
                yield (
                    f"An earlier value of {shown}{number} was worked out with a wrong"
                    " weight, dilution factor or integration; a second person compared"
                    " both values with the raw data."
                )
            elif self._replacer(attempt).kind == Kind.TRANSCRIPTION:
                yield (
                    f"An earlier entry of {shown}{number} was a transcription error;"
                    " a second person compared the correction with the raw data."
                )
            else:
                yield (
                    f"An earlier value of {shown}{number} was calculated again after a"
                    " result that it rests on was corrected."
                )

    def _replacer(self, replaced):
        """Return the result that took the place of a replaced attempt."""
        return next(
            other.result
            for other in self._test_order.attempts[replaced.result.test_id]
            if other.result.replaces_id == replaced.result.pk
            and (
                not other.result.needs_confirmation
                or any(mark.kind == MarkKind.CONFIRMED for mark in other.marks)
            )
        )

    def _notes_of_absent(self):
        """Yield a footnote for each way in which tests were not done on this lot.

        They have no line of their own: nothing may look like a result of this lot
        (domain.md 1.2, IPEC 7.3).
        """
        asked = [
            line.test.name
            for line in self._absent
            if line.criterion.requirement == Requirement.REQUEST
        ]
        if asked:
            yield f"Tested on request only, not on this lot: {', '.join(asked)}."
        absent = [
            line
            for line in self._absent
            if line.criterion.requirement != Requirement.REQUEST
        ]
        # The results that spared the lot these tests, as they stand today.
        spared = periodic_tests.sparing(
            self._lot,
            self._specification,
            [
                line.criterion
                for line in absent
                if line.criterion.requirement == Requirement.PERIODIC
            ],
        )
        tests = defaultdict(list)
        for line in absent:
            last = spared.get(line.criterion.test_id)
            on = (
                f"last on lot {last.test_order.lot.original_number},"
                f" {last.performed_on.isoformat()}"
                if last
                else UNSPARED
            )
            tests[line_words.frequency(line.criterion), on].append(
                f"{line.test.name} ({line.words})"
            )
        for (often, on), names in tests.items():
            yield f"Tested {often}, not on this lot; {on}: {', '.join(names)}."

    def _mark(self, text):
        """Return the mark of this footnote; equal texts share one."""
        return self._footnotes.setdefault(text, str(len(self._footnotes) + 1))

    def _laboratory(self, laboratory):
        """Return the mark of a laboratory that is not the manufacturer's own.

        Who is not the manufacturer names every laboratory (ICH Q7 11.44).
        """
        own = laboratory.organisation_id == self._lot.site.organisation_id
        if own and self._lot.issuer_role == IssuerRole.MANUFACTURER:
            return ""
        if laboratory.pk not in self._laboratories:
            mark = f"L{len(self._laboratories) + 1}"
            self._laboratories[laboratory.pk] = (mark, laboratory)
        return self._laboratories[laboratory.pk][0]

    def _laboratories_used(self):
        return tuple(
            content.Laboratory(
                mark=mark,
                name=self._named(laboratory),
                address=tuple(self._identity(laboratory)["address"].splitlines()),
                telephone=self._identity(laboratory)["telephone"],
                report=self._report(laboratory),
            )
            for mark, laboratory in self._laboratories.values()
        )

    def _named(self, laboratory):
        identity = self._identity(laboratory)
        return f"{identity['name']}, {identity['site']}"

    def _identity(self, laboratory):
        """Return what is printed of a laboratory.

        One that tested since is in no signed text; recomputation refuses its result.
        """
        known = self._identities.get(str(laboratory.pk))
        return known or printed_identity.of_site(laboratory)

    def _report(self, laboratory):
        """Return the laboratory's report, if its results all name the same one."""
        named = {
            each.result.raw_reference
            for each in self.used
            if each.result.laboratory_id == laboratory.pk
        }
        return named.pop() if len(named) == 1 else ""
