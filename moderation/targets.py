"""Whether a workspace knows what is reported: ids of another one are unknown here, whatever they are there."""

from __future__ import annotations

from analytics.models import CommunityDaily, Content
from ingestion.models import Actor, Community
from moderation.models import Target
from moderation.reports import Draft


def is_known(workspace_id: int, draft: Draft) -> bool:
    """Content that was met in events, or that somebody known wrote; a person and a community that were met."""
    if draft.target == Target.COMMUNITY:
        told = Community.objects.filter(workspace=workspace_id, community_id=draft.target_id)
        met = CommunityDaily.objects.filter(workspace=workspace_id, community_id=draft.target_id)
        return told.exists() or met.exists()
    if draft.person_id is not None:
        actors = Actor.objects.filter(workspace=workspace_id, actor_id=draft.person_id)
        if actors.exclude(kind=Actor.Kind.SOURCE).exists():
            return True
    content = Content.objects.filter(
        workspace=workspace_id, content_type=draft.content_type, content_id=draft.target_id
    )
    return draft.target == Target.CONTENT and content.exists()
