from privacy.admin import access, consents  # noqa: F401 importing registers
