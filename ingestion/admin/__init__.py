from ingestion.admin import (  # noqa: F401 importing registers
    identity,
    imports,
    quarantine,
    registry,
    sources,
    spool,
    traits,
    versions,
)
