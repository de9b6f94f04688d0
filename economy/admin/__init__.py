from economy.admin import browser, control_room, corrections, health, rules, what_if  # noqa: F401 importing registers
