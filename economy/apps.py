from django.apps import AppConfig


class EconomyConfig(AppConfig):
    name = "economy"
    verbose_name = "Point economy"

    def ready(self) -> None:
        from economy import arrivals, person_panel, schedules  # noqa: F401 importing registers
        from ingestion import sinks

        sinks.IN_TRANSACTION.append(arrivals.note)
