from economy.admin import browser, corrections, rules, what_if  # noqa: F401 importing registers
