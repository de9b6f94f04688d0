from django.apps import AppConfig


class EconomyConfig(AppConfig):
    name = "economy"
    verbose_name = "Point economy"

    def ready(self) -> None:
        from economy import person_panel  # noqa: F401 importing registers
