"""Drafts: what waits for the approval of a second person."""

from django.apps import apps

from lots.workflow import drafts


def test_every_record_that_a_second_person_approves_is_in_my_work():
    """Whatever model has a draft of somebody is a kind of `drafts`."""
    with_drafts = {
        model
        for model in apps.get_models()
        if {"drafted_by", "proposed_by"}
        & {one.name for one in model._meta.get_fields()}
    }

    assert with_drafts
    assert {kind.rows().model for kind in drafts.KINDS.values()} == with_drafts
