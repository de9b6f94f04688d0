-- Events, one row each, immutable. Range partitions by UTC day of occurred_at are made by ingestion/partitions.py.
-- Columns stand by falling alignment, so that a row carries no padding.
CREATE TABLE ingestion_event (
    actor_id uuid NOT NULL,
    event_id uuid NOT NULL,
    object_author uuid,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    client_at timestamptz,
    context_id bigint,
    value double precision,
    workspace_id integer NOT NULL,
    source_id integer NOT NULL,
    event_type_id integer NOT NULL,
    skew_seconds integer,
    flags smallint NOT NULL DEFAULT 0,
    schema_version smallint,
    session_id text,
    object_id text,
    community_id text,
    country text,
    region text,
    properties jsonb,
    context jsonb,
    CONSTRAINT event_not_before_2000 CHECK (occurred_at >= '2000-01-01 00:00:00+00'),
    PRIMARY KEY (actor_id, occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);

-- "Events of this type (or any) of this workspace in this range", asked by every rollup.
CREATE INDEX event_by_type ON ingestion_event (workspace_id, event_type_id, occurred_at);
