"""An index of the few entries by which two people accepted the clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lots", "0010_lot_status_rebuild")]
    operations = [
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["action", "sequence"],
                condition=models.Q(action="accept_clock"),
                name="clock_accepted",
            ),
        ),
    ]
