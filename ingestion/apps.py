from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "What came in"

    def ready(self) -> None:
        from config import health, middleware
        from ingestion import partitions, schedules, sinks, sweep  # noqa: F401 importing schedules registers them

        middleware.DOORS["/api/events", "/v1/"] = "ingestion.api.urls"
        health.CHECKS["partitions"] = partitions.check
        sinks.IN_TRANSACTION.append(sweep.note_days)
