from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = "Moderation"

    def ready(self) -> None:
        from ingestion import sinks
        from moderation import arrivals, metrics, pattern_hours, schedules  # noqa: F401 importing registers

        sinks.IN_TRANSACTION += [arrivals.note_hours, pattern_hours.note]
