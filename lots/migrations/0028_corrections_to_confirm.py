"""Few lots have a correction to confirm; *My work* finds them by an index of these."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0027_reported_decimals"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lotstatus",
            index=models.Index(
                condition=models.Q(("to_confirm__gt", 0)),
                fields=["to_confirm", "stage_at", "lot"],
                name="standing_confirm",
            ),
        ),
    ]
