"""A verb reads the rows of its lot once, however often it judges them."""

import contextlib

import pytest

from lots.evaluation import evaluator
from lots.evidence import audit
from lots.rules.step_table import STEPS
from tests.lots.situations import VERBS, prepared

WHO = {"analyst": "lin", "reviewer": "sofia", "qa": "chen"}


@pytest.mark.parametrize("code", VERBS)
def test_step_loads_its_lot_once(world, at, monkeypatch, code):
    step = STEPS[code]
    case, take = prepared(world, at, code, step.lot_states[0])
    acts, act, load = [], audit.act, evaluator._load
    is_open = []

    @contextlib.contextmanager
    def watched(**named):
        acts.append([])
        with act(**named) as opened:
            is_open.append(True)
            try:
                yield opened
            finally:
                is_open.pop()

    def counted(lots):
        if is_open:
            acts[-1] += [lot.pk for lot in lots]
        return load(lots)

    monkeypatch.setattr(audit, "act", watched)
    monkeypatch.setattr(evaluator, "_load", counted)

    take(getattr(case.cast, WHO[step.roles[-1]]))

    assert [loaded.count(case.lot.pk) for loaded in acts] in ([0], [1])
