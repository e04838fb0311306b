"""The form of a review: what was noticed is acknowledged, then signed."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from lots.forms.base import Box, SignedForm
from lots.models import ConsistencyFinding
from lots.rules.consistency import Acknowledged, FindingKind


@dataclass(frozen=True)
class FindingFields:
    """A finding with the fields that acknowledge it; a comment if it asks for one."""

    finding: ConsistencyFinding
    kind: FindingKind
    seen: forms.BoundField
    comment: forms.BoundField | None


class ReviewForm(SignedForm):
    """The signature, and of each finding that it was seen and what it means."""

    def __init__(self, *args, findings=(), **options):
        """Ask of each of these findings; the verb takes them as `acknowledged`."""
        super().__init__(*args, **options)
        self._findings = tuple(findings)
        for one in self._findings:
            self.fields[f"seen_{one.pk}"] = forms.BooleanField(
                label=_("I have seen this"), required=False, widget=Box
            )
            if FindingKind.of(one.kind).asks_for_comment:
                self.fields[f"comment_{one.pk}"] = forms.CharField(
                    label=_("What you make of it"), required=False, max_length=400
                )
                self.fields[f"comment_{one.pk}"].depends = True

    def noticed(self):
        """Return the findings with their bound fields."""
        return [
            FindingFields(
                one,
                FindingKind.of(one.kind),
                self[f"seen_{one.pk}"],
                self[f"comment_{one.pk}"]
                if f"comment_{one.pk}" in self.fields
                else None,
            )
            for one in self._findings
        ]

    def entries(self):
        """Return what is typed beside the signature and the findings."""
        return [one for one in super().entries() if not _is_of_finding(one.name)]

    def arguments(self):
        """Return what the verb takes: what is said of each finding, by key."""
        values = super().arguments()
        said = {name: values.pop(name) for name in list(values) if _is_of_finding(name)}
        values["acknowledged"] = {
            one.pk: Acknowledged(
                said[f"seen_{one.pk}"], said.get(f"comment_{one.pk}", "")
            )
            for one in self._findings
        }
        return values


def _is_of_finding(name):
    return name.startswith(("seen_", "comment_"))
