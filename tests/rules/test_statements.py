"""Statements: what was ticked is told in words, and what was not is refused."""

import pytest

from lots.rules import statements
from lots.rules.statements import NotStated, Statement


def test_ticked_statements_are_told_by_code_and_in_words():
    assert statements.told(
        "review", ["compared_with_raw_data", "complete_and_correct"]
    ) == {
        "compared_with_raw_data": Statement.COMPARED.word,
        "complete_and_correct": Statement.CORRECT.word,
    }


def test_each_statement_that_was_not_ticked_is_refused():
    with pytest.raises(NotStated) as caught:
        statements.told(
            "review", ["complete_and_correct", "label_and_certificate_agree"]
        )

    assert len(caught.value.refusals) == 1


def test_step_without_statements_tells_nothing():
    assert statements.told("enter", []) == {}
