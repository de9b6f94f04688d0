"""Quarantined events and their replays, as tests make them."""

from config.runs import recorded
from ingestion import replays
from ingestion.quarantine import Selection

STRICT = {"type": "object", "required": ["post_id"], "properties": {"post_id": {"type": "string"}}}
LOOSE = {"type": "object"}


def replayed(workspace, changes="", **selection):
    done = replays.ask(workspace, Selection(**selection), changes=changes)
    with recorded("ingestion.replay_quarantine", workspace=workspace) as recorder:
        replays.run(recorder, workspace)
    done.refresh_from_db()
    return done


def closed(sender):
    """The sender, its source disabled."""
    sender.source.enabled = False
    sender.source.save()
    return sender


def opened(sender):
    sender.source.enabled = True
    sender.source.save()
    return sender.workspace
