"""Where a person stands, on the person's page."""

from django.urls import reverse

from analytics import person_panel
from config.models import Role
from config.people import Somebody
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory
from tests.pages import log_in


def page_of(community, who):
    user = MemberFactory(workspace=community.workspace, role=Role.COMMUNITY_MANAGER).user
    address = reverse("admin:person", args=[community.workspace.slug, community.person(who)])
    return " ".join(log_in(user).get(address).content.decode().split())


def test_the_page_tells_lifecycle_segment_level_and_activation(community, now_is):
    community.happens("user_signup", "ada", at(0))
    community.happens("post_created", "ada", at(1), properties={"post_id": "a"})
    community.happens("page_view", "bob", at(1))
    now_is(at(20, "09:00"))
    community.fill()

    page = page_of(community, "ada")
    for words in ("Engaged", "At risk", "Inactive", "3 Mar 2026, 12:00 UTC, 1 day after the sign-up", "21 Mar 2026"):
        assert words in page
    assert "Not yet" in page_of(community, "bob")


def test_who_signed_up_today_stands_there_so_far_and_bots_and_strangers_nowhere(community, now_is):
    type(community.workspace).objects.update(created_at=at(5))
    community.workspace.refresh_from_db()
    now_is(at(5, "13:00"))
    community.happens("user_signup", "ada", at(5))
    envelope = {"type": "track", "event": "post_created", "userId": "crawler", "timestamp": at(5).isoformat()}
    context = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    community.store([envelope | {"messageId": "crawled", "context": context}], at(5))
    community.fill()
    other = Community("elsewhere")

    def told(workspace, who):
        return person_panel.standing(Somebody(workspace, community.person(who), []))

    ada = told(community.workspace, "ada")
    assert (ada["state"].lifecycle, ada["is_over"]) == ("new", False)
    assert told(community.workspace, "crawler")["state"] is None
    assert (told(other.workspace, "ada")["state"], told(other.workspace, "ada")["activation"]) == (None, None)
    assert "stand nowhere" in page_of(community, "crawler")
