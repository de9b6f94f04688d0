from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    verbose_name = "What came in"

    def ready(self) -> None:
        from config import health
        from ingestion import partitions

        health.CHECKS["partitions"] = partitions.check
