"""Whether QA has still to confirm who has the password that somebody else set.

Who has a one-time password today waits too: that is noted after the migration, in an
act of its own (lots/accounts/identity.py).
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0016_questions")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="awaits_confirmation",
            field=models.BooleanField(
                default=False, verbose_name="waits for QA to confirm who it is"
            ),
        ),
    ]
