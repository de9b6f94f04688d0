from economy.admin import browser  # noqa: F401 importing registers
