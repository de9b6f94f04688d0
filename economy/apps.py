from django.apps import AppConfig


class EconomyConfig(AppConfig):
    name = "economy"
    verbose_name = "Point economy"

    def ready(self) -> None:
        from analytics import demo as analytics_demo
        from economy import (  # noqa: F401 importing registers
            arrivals,
            cohort_points,
            dashboards,
            demo,
            exports,
            health,
            person_panel,
            schedules,
            supply,
            supply_metrics,
        )
        from ingestion import sinks

        analytics_demo.PAST_LOADED.append(demo.move_points)
        analytics_demo.COUNTED.append(demo.look)
        sinks.IN_TRANSACTION.append(arrivals.note)
