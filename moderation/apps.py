from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        from analytics import demo
        from config import alerts
        from ingestion import sinks
        from moderation import (  # noqa: F401 importing registers
            arrivals,
            dashboards,
            metrics,
            pattern_hours,
            schedules,
            webhooks,
        )

        alerts.TELLERS.append(webhooks.tell_alert)
        # What the past tells of, before it is counted: the job would come later.
        demo.PAST_LOADED.append(arrivals.take)
        sinks.IN_TRANSACTION += [arrivals.note_hours, pattern_hours.note]
