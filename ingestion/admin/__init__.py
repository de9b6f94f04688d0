from ingestion.admin import identity, imports, quarantine, registry, sources, spool  # noqa: F401 importing registers
