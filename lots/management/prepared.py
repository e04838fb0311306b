"""Whether the database has the tables of this program. Commands import it."""

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def refuse_unprepared():
    """Raise CommandError unless every migration of this program was made."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(
            "Refused: this database does not have the tables of this program. Run"
            " manage.py migrate first."
        )
