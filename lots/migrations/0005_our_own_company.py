"""Whose lots are our own make; until now nothing said so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0004_injections")]
    operations = [
        migrations.AddField(
            model_name="organisation",
            name="is_ours",
            field=models.BooleanField(default=False, verbose_name="our own company"),
        ),
    ]
