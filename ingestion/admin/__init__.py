from ingestion.admin import identity, imports, quarantine, registry, sources  # noqa: F401 importing registers
