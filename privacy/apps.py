from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "What we promise"

    def ready(self) -> None:
        from privacy import person_panel, schedules  # noqa: F401 importing registers
