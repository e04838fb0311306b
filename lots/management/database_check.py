"""Check for commands: the database has the tables of this program."""

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lots.models import AuditEntry

_NO_TABLES = (
    "Refused: this database does not have the tables of this program. Run"
    " manage.py migrate first."
)


def refuse_without_tables():
    """Raise CommandError where no migration was ever made.

    For a backup, which is taken between an update and its migrations too.
    """
    if AuditEntry._meta.db_table not in connection.introspection.table_names():
        raise CommandError(_NO_TABLES)


def refuse_unprepared():
    """Raise CommandError unless every migration of this program was made."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(_NO_TABLES)
