"""Rows of one lot, as they are loaded before the rules are applied to them."""

from decimal import Decimal
from typing import Protocol

from lots.evaluation.outcome import Attempt
from lots.evaluation.sparing import Sparing
from lots.models import (
    Assessment,
    Criterion,
    Investigation,
    Lot,
    Mark,
    Result,
    Sample,
    TestOrder,
)
from lots.rules.reportable_value import Reportable
from lots.rules.verdicts import Verdict
from lots.setup.catalogue import Catalogue


class Rows(Protocol):
    """The rows of one lot, as `evaluator` loads them."""

    lot: Lot
    catalogue: Catalogue
    test_orders: list[TestOrder]
    assessments: list[Assessment]
    results: list[Result]
    marks: list[Mark]
    investigations: list[Investigation]
    samples: list[Sample]
    sparing: dict[tuple[int, int], Sparing]
    is_in_doubt: bool

    def reportable(self, result: Result, *, by: Result | None = None) -> Reportable: ...

    def verdict(
        self, criterion: Criterion, attempt: Attempt
    ) -> tuple[Verdict, Decimal | None]: ...
