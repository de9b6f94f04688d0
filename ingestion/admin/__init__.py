from ingestion.admin import (  # noqa: F401 importing registers
    identity,
    imports,
    merging,
    quarantine,
    registry,
    source_databases,
    sources,
    spool,
    traits,
    versions,
)
