from economy.admin import browser, corrections, health, rules, what_if  # noqa: F401 importing registers
