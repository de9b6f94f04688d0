from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

# Declarative partitioning is beyond the ORM: the table is made by the SQL beside this file, the model is only state.
SQL = Path(__file__).with_name("event_table.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SQL, "DROP TABLE ingestion_event")],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "actor_id",
                                "occurred_at",
                                "event_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("actor_id", models.UUIDField(help_text="uuid5 of workspace and distinct id.")),
                        ("occurred_at", models.DateTimeField()),
                        ("event_id", models.UUIDField()),
                        ("received_at", models.DateTimeField()),
                        (
                            "client_at",
                            models.DateTimeField(
                                help_text="What the client said, where it differs from occurred_at.", null=True
                            ),
                        ),
                        ("value", models.FloatField(null=True)),
                        ("skew_seconds", models.IntegerField(null=True)),
                        ("flags", models.SmallIntegerField(default=0, help_text="Bits of Flag.")),
                        (
                            "schema_version",
                            models.SmallIntegerField(help_text="Version it was checked against, if any.", null=True),
                        ),
                        ("object_author", models.UUIDField(help_text="Actor whose content was acted on.", null=True)),
                        ("session_id", models.TextField(help_text="The client's, when it sends one.", null=True)),
                        ("object_id", models.TextField(null=True)),
                        ("community_id", models.TextField(null=True)),
                        ("country", models.TextField(null=True)),
                        ("region", models.TextField(null=True)),
                        ("properties", models.JSONField(null=True)),
                        (
                            "context",
                            models.JSONField(
                                help_text="The part of the context that changes from event to event.", null=True
                            ),
                        ),
                        (
                            "context_shared",
                            models.ForeignKey(
                                db_column="context_id",
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="ingestion.context",
                            ),
                        ),
                        (
                            "workspace",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="config.workspace",
                            ),
                        ),
                        (
                            "event_type",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="ingestion.eventtype",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="ingestion.source",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["workspace", "event_type", "occurred_at"], name="event_by_type")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("occurred_at__gte", "2000-01-01T00:00:00Z")),
                                name="event_not_before_2000",
                            ),
                        ],
                        "db_table": "ingestion_event",
                        "managed": True,
                    },
                ),
            ],
        ),
    ]
