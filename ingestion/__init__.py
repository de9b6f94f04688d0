"""Events come in here: doors, envelopes, registry, identity, pipeline, event store. Start with pipeline.py."""
