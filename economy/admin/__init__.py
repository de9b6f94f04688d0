from economy.admin import browser, corrections, rules  # noqa: F401 importing registers
