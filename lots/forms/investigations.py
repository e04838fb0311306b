"""Forms of an investigation: its phase I, its plan and its conclusion."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import (
    CHOOSE,
    SignedForm,
    StepForm,
    TextBlockField,
    UploadField,
    WholeNumberField,
)
from lots.investigations.proof import Found
from lots.models import Conclusion
from lots.rules.laboratory_error import (
    Answer,
    CauseKind,
    Check,
    Checked,
    RunFinding,
)
from lots.wording import choices


class PhaseOneForm(SignedForm):
    """The checklist of phase I: an answer and a remark for each check."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for check in Check:
            self.fields[f"answer_{check}"] = forms.ChoiceField(
                label=_(check.word),
                choices=[("", CHOOSE), *choices(Answer)],
                help_text=_(check.question),
            )
            self.fields[f"remark_{check}"] = forms.CharField(
                label=_("Remark"), max_length=300, required=False
            )
            # Whatever is not in order is told.
            self.fields[f"remark_{check}"].depends = True

    def checklist(self):
        """Return the bound fields of each check: answer and remark."""
        return [(self[f"answer_{check}"], self[f"remark_{check}"]) for check in Check]

    def arguments(self):
        given = super().arguments()
        checks = tuple(
            Checked(check, given.pop(f"answer_{check}"), given.pop(f"remark_{check}"))
            for check in Check
        )
        return {**given, "checks": checks}


class PlanForm(StepForm):
    """The hypothesis and the number of retests, fixed before the first retest."""

    beside: ClassVar = {"reason": "hypothesis"}

    hypothesis = TextBlockField(label=_("Hypothesis"), max_length=600)
    planned_retests = WholeNumberField(
        label=_("Retests planned"), min_value=0, max_value=99
    )


class ConclusionForm(SignedForm):
    """The conclusion of an investigation, with what it rests on.

    What is asked `depends` on the conclusion: the verb says what is missing then.

    `of_run` are the other results of the run (`evaluation.runs.OfRun`).
    """

    beside: ClassVar = {"reason": "cause"}

    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=[("", CHOOSE), *Conclusion.choices]
    )
    cause = TextBlockField(
        label=_("Cause"),
        max_length=600,
        help_text=_(
            "What happened and how it made the result wrong; or why no laboratory"
            " error is proven."
        ),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=200,
        required=False,
        help_text=_("The record and its number, such as Logbook HPLC-03, page 41."),
    )
    evidence_file = UploadField(label=_("Or a file"), required=False)
    cause_kind = forms.ChoiceField(
        label=_("Kind of the cause"),
        choices=[("", CHOOSE), *choices(CauseKind)],
        required=False,
    )
    production = TextBlockField(
        label=_("Review of production"), max_length=600, required=False
    )
    other_lots = TextBlockField(label=_("Other lots"), max_length=600, required=False)

    def __init__(self, *args, of_run=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.of_run = of_run
        for name in (
            "evidence",
            "evidence_file",
            "cause_kind",
            "production",
            "other_lots",
        ):
            self.fields[name].depends = True
        for one in self._to_decide():
            self.fields[f"finding_{one.result.pk}"] = forms.ChoiceField(
                label=_("Decision"),
                choices=[("", CHOOSE), *choices(RunFinding)],
                required=False,
            )
            self.fields[f"reason_{one.result.pk}"] = forms.CharField(
                label=_("Reason"), max_length=300, required=False
            )
            for name in ("finding", "reason"):
                self.fields[f"{name}_{one.result.pk}"].depends = True

    def _to_decide(self):
        return [one for one in self.of_run if one.is_to_decide]

    def run(self):
        """Return each other result of the run with its bound fields, None if none."""
        return [
            (
                one,
                self[f"finding_{one.result.pk}"] if one.is_to_decide else None,
                self[f"reason_{one.result.pk}"] if one.is_to_decide else None,
            )
            for one in self.of_run
        ]

    def arguments(self):
        cleaned = self.cleaned_data
        facts = ("conclusion", "cause", "cause_kind", "evidence", "evidence_file")
        return {
            "password": cleaned["password"],
            "shown": cleaned["shown"],
            "found": Found(
                **{name: cleaned[name] for name in facts},
                production=cleaned["production"],
                other_lots=cleaned["other_lots"],
                run={
                    one.result.pk: (
                        cleaned[f"finding_{one.result.pk}"],
                        cleaned[f"reason_{one.result.pk}"],
                    )
                    for one in self._to_decide()
                },
            ),
        }
