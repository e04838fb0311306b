"""How many injections of each preparation a test averages; one until now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0003_find_lots_by_text")]
    operations = [
        migrations.AddField(
            model_name="test",
            name="injections",
            field=models.PositiveSmallIntegerField(
                default=1, verbose_name="injections"
            ),
        ),
    ]
