from economy.admin import (  # noqa: F401 importing registers
    browser,
    control_room,
    corrections,
    health,
    rings,
    rules,
    what_if,
)
