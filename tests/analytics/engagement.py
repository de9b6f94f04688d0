"""Following, and the scores it ends in."""

from analytics.models import FollowCount, UserEngagementDaily
from tests.analytics.community import at


def follows(community, who, whom, day, *, clock="12:00", action="follow", received=None):
    properties = {"followed_user_id": whom, "action": action}
    community.happens("user_followed", who, at(day, clock), properties=properties, received=received)


def unfollows(community, who, whom, day, **more):
    follows(community, who, whom, day, action="unfollow", **more)


def latest(community, who, day):
    """The row that holds on the day, or None."""
    rows = UserEngagementDaily.objects.filter(workspace=community.workspace, person_id=community.person(who))
    return rows.filter(date__lte=at(day).date()).order_by("-date").first()


def score(community, who, day):
    """The engagement score as it is shown."""
    row = latest(community, who, day)
    return "0.0000" if row is None else str(row.engagement_score)


def counts(community, who, day):
    """(followers, following) as of the day."""
    rows = FollowCount.objects.filter(workspace=community.workspace, person_id=community.person(who))
    row = rows.filter(date__lte=at(day).date()).order_by("-date").first()
    return (0, 0) if row is None else (row.followers, row.following)
