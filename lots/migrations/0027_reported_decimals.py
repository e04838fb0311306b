"""With how many decimals a certificate reports the result of a criterion."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lots", "0026_open_investigations"),
    ]

    operations = [
        migrations.AddField(
            model_name="criterion",
            name="decimals",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="reported decimals"
            ),
        ),
    ]
