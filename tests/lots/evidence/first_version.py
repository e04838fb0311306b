"""The database that the first version wrote, and its way into an empty one.

How the file was made: golden/first-version.md.
"""

import functools
import json
import lzma
from pathlib import Path

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

FILE = Path(__file__).parent / "golden" / "first-version.json.xz"


@functools.cache
def stored():
    """Return what the file holds: its migrations and its tables."""
    return json.loads(lzma.decompress(FILE.read_bytes()))


def rows(table):
    """Return the rows of a table as the file has them, each by its columns."""
    told = stored()["tables"][table]
    return [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]


def load():
    """Give this empty database the schema of the first version, and its rows."""
    executor = MigrationExecutor(connection)
    last = list(stored()["migrations"].items())
    others = [
        node for node in executor.loader.graph.leaf_nodes() if node[0] not in dict(last)
    ]
    executor.migrate([*last, *others])
    # The models as they were then: those of today may have other names.
    then = MigrationExecutor(connection).loader.project_state(last).apps.get_models()
    of_table = {model._meta.db_table: model for model in then}
    with transaction.atomic():
        for table in stored()["tables"]:
            model = of_table[table]
            fields = {field.column: field for field in model._meta.concrete_fields}
            model._base_manager.bulk_create(
                model(
                    **{
                        fields[column].attname: _value(fields[column], value)
                        for column, value in row.items()
                    }
                )
                for row in rows(table)
            )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(
            no_style(), of_table.values()
        ):
            cursor.execute(statement)


def _value(field, written):
    if isinstance(field, models.BinaryField):
        return None if written is None else bytes.fromhex(written)
    return field.to_python(written)
