"""Indexes that no query begins with, or that begin another one, are dropped.

They cost each result of a lot a tenth of its disk. The tables are not made anew, as
Django would on SQLite to change a column: they would lose their triggers.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

UNUSED = {
    "lots_mark": ["by_id"],
    "lots_result": [
        "entered_by_id",
        "laboratory_id",
        "procedure_id",
        "performed_by_id",
        "examination_id",
    ],
}


def drop(apps, schema_editor):
    """Drop the index of each of these columns alone, whatever its name is."""
    connection = schema_editor.connection
    for table, columns in UNUSED.items():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name, one in found.items():
            is_alone = one["index"] and not one["unique"] and len(one["columns"]) == 1
            if is_alone and one["columns"][0] in columns:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0034_decimals_of_results"),
    ]

    operations = [
        migrations.RunPython(drop, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="mark",
                    name="by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="entered_by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="laboratory",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.site",
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="method",
                    field=models.ForeignKey(
                        db_column="procedure_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lots.method",
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="performed_by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="result",
                    name="test_order",
                    field=models.ForeignKey(
                        db_column="examination_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="lots.testorder",
                    ),
                ),
            ],
        ),
    ]
