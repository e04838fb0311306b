"""What who issued a certificate stated with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_printed_identity"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="stated",
            field=models.JSONField(blank=True, default=dict, verbose_name="stated"),
        ),
    ]
