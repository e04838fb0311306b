"""Samples taken early for a reason, and the first day of a test.

Of results entered before, no first day is known, and no sample is made up.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0019_printed_identity")]

    operations = [
        migrations.AddField(
            model_name="result",
            name="started_on",
            field=models.DateField(null=True, verbose_name="first day of the test"),
        ),
        migrations.AddField(
            model_name="sample",
            name="is_in_process",
            field=models.BooleanField(default=False, verbose_name="taken in process"),
        ),
        migrations.AddField(
            model_name="sample",
            name="early_reason",
            field=models.CharField(
                blank=True,
                default="",
                max_length=300,
                verbose_name="reason for sampling before manufacture",
            ),
        ),
    ]
