"""Printed identities for tests: approved, or stored as no form lets through today."""

from lots.demo import baclofen
from lots.models import PrintedIdentity
from tests.world import forget_master_data


def approve(world, at):
    """Approve every draft, as a second person does; return the signature."""
    return baclofen.approve_identities(world.cast, at=at)


def as_before(record, **values):
    """Give a record texts of before a rule, and take them for approved."""
    type(record).objects.filter(pk=record.pk).update(**values)
    forget_master_data()
    record.refresh_from_db()
    [approved] = PrintedIdentity.objects.filter(
        **{record._meta.model_name: record}, state="approved"
    )
    approved.texts |= values
    approved.save()
    return record
