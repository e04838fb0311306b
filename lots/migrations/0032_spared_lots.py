"""What earlier lots say of the periodic tests that a lot need not have."""

from django.db import migrations, models

from lots.workflow.lot_status_rebuild import mark


class Migration(migrations.Migration):
    dependencies = [("lots", "0031_without_previous")]
    operations = [
        migrations.AddField("lotstatus", "spared", models.TextField(null=True)),
        migrations.AddIndex(
            "lotstatus",
            models.Index(
                fields=["material", "site", "use", "lot"],
                condition=models.Q(spared__gt=""),
                name="standing_spared",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
