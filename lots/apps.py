"""The Django app of lots."""

import importlib

from django.apps import AppConfig
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate
from django.utils import timezone


class LotsConfig(AppConfig):
    name = "lots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The first registers its check.
        importlib.import_module("lots.evidence.append_only")
        importlib.import_module("lots.accounts.preferences").connect()
        importlib.import_module("lots.workflow.release_days").connect()
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="lots.migrated")


def after_migrate(*, plan=None, verbosity=1, stdout=None, **_facts):
    """Do what the records need after `migrate` and only today's models can do.

    Not after a `flush`, which migrates nothing, nor after a `migrate` that stopped
    before its end: then the tables are not those of today.
    """
    # Models are not there yet when this module is read.
    from lots.accounts import identity, people, users
    from lots.evidence import append_only
    from lots.tables import lot_search
    from lots.workflow import lot_status_rebuild

    executor = MigrationExecutor(connection)
    if plan is None or executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    said = []
    if triggers := append_only.shut():
        said.append(f"Made again, to keep records as they are: {', '.join(triggers)}.")
    if lot_search.made_again():
        said.append("Search of the lots, indexed again.")
    if rebuilt := lot_status_rebuild.rebuild(marked_only=True).lots:
        said.append(f"Status of lots, calculated again: {rebuilt}.")
    if told := users.tell_passwords(at=timezone.now()):
        said.append(
            f"The audit trail has the checksums of {len(told)} passwords from now on."
        )
    if alike := people.count_people(at=timezone.now()):
        named = ", ".join(one.username for one in alike)
        said.append(f"Read like other accounts, and count as one with them: {named}.")
    if unconfirmed := identity.await_confirmation(at=timezone.now()):
        named = ", ".join(one.username for one in unconfirmed)
        said.append(f"QA confirms who has a one-time password: {named}.")
    if verbosity and stdout:
        stdout.writelines(f"  {one}\n" for one in said)
