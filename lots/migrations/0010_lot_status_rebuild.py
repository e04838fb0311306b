"""A mark for rows of the lot status that wait for their rebuild."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0009_labels_of_the_trade")]
    operations = [
        migrations.AddField(
            "lotstatus", "is_stale", models.BooleanField(default=False)
        ),
    ]
