"""Exceptions of a review that wait for QA, counted in the lot status."""

from django.db import migrations, models

from lots.workflow.lot_status_rebuild import mark


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0022_periodic_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="lotstatus",
            name="exceptions",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="lotstatus",
            name="exceptions_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="lotstatus",
            index=models.Index(
                condition=models.Q(("exceptions__gt", 0)),
                fields=["exceptions", "exceptions_at", "lot"],
                name="standing_exceptions",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
