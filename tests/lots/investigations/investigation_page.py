"""The page of an investigation as a reviewer and QA fill it in."""

from lots.rules.laboratory_error import Check
from tests.lots.pages import PASSWORD, shown, signed_in


def address(investigation, step=""):
    return f"/investigations/{investigation.pk}/{step}"


def plan(client, investigation, hypothesis="Vial left open", planned_retests="2"):
    return client.post(
        address(investigation, "plan/"),
        {"hypothesis": hypothesis, "planned_retests": planned_retests},
    )


def sign_phase_one(world, investigation, **answers):
    """Sign phase I as Sofia: the preparation is wrong, or what is said."""
    client = signed_in(world.cast.sofia)
    values = dict.fromkeys(
        (f"answer_{check}" for check in Check), "yes"
    ) | (answers or {
        "answer_preparation": "no",
        "remark_preparation": "The vial was open overnight",
    })  # fmt: skip
    return client.post(
        address(investigation, "phase-one/"),
        {
            **values,
            "password": PASSWORD,
            "shown": shown(client.get(address(investigation))),
        },
    )


def conclude(client, investigation, **typed_in):
    values = {
        "conclusion": "proven",
        "cause": "The vial was open overnight, seen on the camera.",
        "cause_kind": "preparation",
        "evidence": "Camera record CAM-2, 2026-11-29",
        "production": "The batch record has no deviation.",
        "other_lots": "The lots before and after it pass.",
        "password": PASSWORD,
        "shown": shown(client.get(address(investigation))),
    }
    return client.post(address(investigation, "conclude/"), {**values, **typed_in})
