"""An index by which the last lots of a qualification are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0038_lots_by_day")]
    operations = [
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                fields=["qualification", "manufactured_on", "id"],
                name="lot_of_qualification",
            ),
        ),
    ]
