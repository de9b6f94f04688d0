from economy.admin import browser, corrections  # noqa: F401 importing registers
