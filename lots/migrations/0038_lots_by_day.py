"""Lots by material, use and day, so that a trend finds the last ones at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0037_release_days")]
    operations = [
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                fields=["material", "use", "manufactured_on", "id"], name="lot_by_day"
            ),
        ),
    ]
