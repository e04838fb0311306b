"""Roles: who may open a page.

Who may take a step is in the step table (`lots/rules/step_table.py`).
"""

import functools

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext, ngettext

from lots.evidence import acting_person
from lots.models import Role
from lots.rules.step_table import STEPS
from lots.wording import sentence

# Every role reads every lot; an administrator keeps accounts and nothing else
# (architecture.md 1).
READERS = tuple(role for role in Role if role != Role.ADMINISTRATOR)
TRAIL_READERS = (Role.QA, Role.AUDITOR)


def role_required(*roles):
    """Let a view answer only people who hold one of the roles today; 403 otherwise."""

    def decorate(view):
        @functools.wraps(view)
        def answer(request, *args, **kwargs):
            if not request.user.is_authenticated or not request.user.is_a(*roles):
                raise PermissionDenied(
                    ngettext(
                        "This page is for the role %(roles)s.",
                        "This page is for the roles %(roles)s.",
                        len(roles),
                    )
                    % {"roles": ", ".join(gettext(role.word) for role in roles)}
                )
            return view(request, *args, **kwargs)

        return answer

    return decorate


def step_required(*codes):
    """Let a view answer only people whose roles take one of the steps, and who may act.

    403 otherwise, with the sentence on whose word a password waits for.
    """
    by_role = role_required(
        *dict.fromkeys(role for code in codes for role in STEPS[code].roles)
    )

    def decorate(view):
        @functools.wraps(view)
        def answer(request, *args, **kwargs):
            if closed := acting_person.password_of_another(request.user):
                raise PermissionDenied(sentence(closed))
            return view(request, *args, **kwargs)

        return by_role(answer)

    return decorate


readable = role_required(*READERS)
