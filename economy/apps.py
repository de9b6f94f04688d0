from django.apps import AppConfig


class EconomyConfig(AppConfig):
    name = "economy"
    verbose_name = "Point economy"

    def ready(self) -> None:
        from economy import (  # noqa: F401 importing registers
            arrivals,
            health,
            person_panel,
            schedules,
            supply,
            supply_metrics,
        )
        from ingestion import sinks

        sinks.IN_TRANSACTION.append(arrivals.note)
