from privacy.admin import consents  # noqa: F401 importing registers
