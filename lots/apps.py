"""The Django app of lots."""

from django.apps import AppConfig
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate


class LotsConfig(AppConfig):
    name = "lots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="lots.migrated")


def after_migrate(*, plan=None, verbosity=1, stdout=None, **_facts):
    """Do what the records need after `migrate` and only today's models can do.

    Not after a `flush`, which migrates nothing, nor after a `migrate` that stopped
    before its end: then the tables are not those of today.
    """
    # Models are not there yet when this module is read.
    from lots.workflow import lot_status_rebuild

    executor = MigrationExecutor(connection)
    if plan is None or executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    rebuilt = lot_status_rebuild.rebuild(marked_only=True)
    if rebuilt.lots and verbosity and stdout:
        stdout.write(f"  After this update {rebuilt}.\n")
