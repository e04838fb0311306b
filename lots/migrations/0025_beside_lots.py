"""An index of the entries that are of no lot, by which the last one is found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0024_withdrawn_column_maps")]
    operations = [
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["lot", "sequence"],
                condition=models.Q(lot=None),
                name="beside_lots",
            ),
        ),
    ]
