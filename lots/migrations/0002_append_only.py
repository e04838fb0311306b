"""What proves what was done is only ever added to, on both databases.

The triggers refuse UPDATE and DELETE (and TRUNCATE on PostgreSQL); on SQLite a guard
before INSERT refuses `INSERT OR REPLACE`, which plain triggers let through
(architecture.md 6.5). Reversible, so that a test database can be flushed.
"""

from django.db import migrations

TABLES = (
    "lots_auditentry",
    "lots_signature",
    "lots_result",
    "lots_mark",
    "lots_document",
)
KEYS = {"lots_auditentry": "sequence"}


def shut(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION lots_append_only() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only',"
            " TG_TABLE_NAME; END $$",
            # Without this psycopg takes the percent sign for a placeholder.
            params=None,
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION lots_append_only()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION lots_append_only()"
            )
        return
    for table in TABLES:
        key = KEYS.get(table, "id")
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def open_(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}"
            )
            schema_editor.execute(
                f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}"
            )
        return
    for table in TABLES:
        for what in ("update", "delete", "replace"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")


class Migration(migrations.Migration):
    dependencies = [("lots", "0001_initial")]
    operations = [migrations.RunPython(shut, open_)]
