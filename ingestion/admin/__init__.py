from ingestion.admin import (  # noqa: F401 importing registers
    identity,
    imports,
    quarantine,
    registry,
    source_databases,
    sources,
    spool,
    traits,
    versions,
)
