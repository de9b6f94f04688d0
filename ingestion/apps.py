from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "What came in"

    def ready(self) -> None:
        from config import health
        from ingestion import partitions, schedules, sinks, sweep  # noqa: F401 importing schedules registers them

        health.CHECKS["partitions"] = partitions.check
        sinks.IN_TRANSACTION.append(sweep.note_days)
