from django.db import migrations, models

FORWARDS = [
    "ALTER TABLE platform_daily ADD COLUMN with_bots boolean NOT NULL DEFAULT false",
    "ALTER TABLE platform_daily ALTER COLUMN with_bots DROP DEFAULT",
    "ALTER TABLE platform_daily DROP CONSTRAINT platform_daily_pkey",
    "ALTER TABLE platform_daily ADD PRIMARY KEY (workspace_id, date, with_bots)",
]
BACKWARDS = [
    "DELETE FROM platform_daily WHERE with_bots",
    "ALTER TABLE platform_daily DROP CONSTRAINT platform_daily_pkey",
    "ALTER TABLE platform_daily DROP COLUMN with_bots",
    "ALTER TABLE platform_daily ADD PRIMARY KEY (workspace_id, date)",
]


class Migration(migrations.Migration):
    """A second row of days on which bots were about. Django itself cannot change a key of several columns."""

    dependencies = [("analytics", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARDS, BACKWARDS)],
            state_operations=[
                migrations.AddField(
                    model_name="platformdaily",
                    name="with_bots",
                    field=models.BooleanField(default=False, help_text="Bots and test accounts are counted in."),
                ),
                migrations.AlterField(
                    model_name="platformdaily",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "workspace_id",
                        "date",
                        "with_bots",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
    ]
