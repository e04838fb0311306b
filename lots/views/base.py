"""Base of views that take a step: clean the form, read the clock, make one call."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from lots.evidence import audit, signatures
from lots.rules.refusal import Refusal


def taken(request, form, verb, **subject):
    """Take the step with what was typed and say whether it was taken.

    The form says what the verb takes; a password becomes the confirmation of the
    signature. A refusal is put into the form; what the verb returned is the
    form's `made`.
    """
    if request.method != "POST" or not form.is_bound:
        return False
    at = timezone.now()
    if not form.is_valid():
        refuse_the_rest(form, verb, **subject, by=request.user, at=at)
        return False
    arguments = form.arguments()
    try:
        if "password" in arguments:
            arguments["confirmation"] = signatures.confirm(
                by=request.user,
                at=at,
                password=arguments.pop("password"),
                request=request,
            )
        form.made = verb(**subject, by=request.user, at=at, **arguments)
    except Refusal as refusal:
        form.refuse(refusal)
        refuse_the_rest(form, verb, **subject, by=request.user, at=at)
        return False
    return True


def refuse_the_rest(form, verb, **subject):
    """Put into a form that is refused what else the verb refuses; store nothing.

    A verb says the first thing that it finds wrong. It is asked again without each
    field that is refused, until it finds nothing more, so that all that is wrong with
    what was typed shows in one round.
    """
    for _ in form.fields:
        refused = form.refused
        if not refused:
            return
        try:
            with audit.trial():
                verb(**subject, **form.what_is_known())
        except Refusal as refusal:
            form.refuse(refusal)
        if form.refused == refused:
            return


def to_sign(form, text):
    """Return what a page needs to show a text and to have it signed.

    What was ticked before the text changed was stated of another text.
    """
    digest = signatures.shown(text)
    if form.is_bound and form.data.get("shown") != digest:
        form.untick()
    return {"form": form, "text": text, "shown": digest}


def done(request, said, address):
    """Go on to the address, whose page says once what the step did."""
    messages.success(request, said)
    return redirect(address)


def status(form):
    """Return the status of a page: 422 where what was sent is shown again."""
    return 422 if form.is_bound else 200
