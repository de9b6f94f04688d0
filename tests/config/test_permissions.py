"""What each role may see and change."""

import pytest
from django.contrib.auth.models import AnonymousUser

from config.models import Role
from config.permissions import RULES, Area, allowed, may, may_read_metrics, workspaces_of
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def test_every_area_has_a_rule_and_no_other_does():
    assert set(RULES) == set(Area)


@pytest.mark.parametrize("area", Area)
def test_whoever_may_change_may_view(area):
    assert [role for role in Role if allowed(role, area, "change") and not allowed(role, area, "view")] == []


EVERYBODY = {"metrics", "analyses", "workspaces"}
OPERATORS = EVERYBODY | {
    *("sources", "event_types", "imports", "communities", "runs", "rollups", "definitions", "exports"),
}

MODERATION = {"moderation", "moderation_rules"}


def test_the_table_says_what_each_role_may():
    viewed = {role: {str(area) for area in Area if allowed(role, area, "view")} for role in Role}
    assert viewed == {
        "viewer": EVERYBODY,
        "moderator": EVERYBODY | {"distinct_ids", "people", "points"} | MODERATION,
        "analyst": OPERATORS | {"quarantine"},
        "community_manager": OPERATORS | {"distinct_ids", "people", "points"} | MODERATION,
        "privacy_officer": OPERATORS
        | {"quarantine", "distinct_ids", "people", "points", "members", "personal_data", "consents", "access_log"},
        "admin": {str(area) for area in Area} - {"schedules", "users"},
    }
    changed = {role: {str(area) for area in Area if allowed(role, area, "change")} for role in Role}
    assert changed == {
        "viewer": set(),
        "moderator": {"moderation"},
        "analyst": {"analyses", "event_types", "quarantine", "definitions", "rollups"},
        "community_manager": {"people", "points"} | MODERATION,
        "privacy_officer": {"people", "consents"},
        "admin": {
            "analyses",
            "people",
            "points",
            "sources",
            "event_types",
            "quarantine",
            "consents",
            "workspaces",
            "members",
            "runs",
            "definitions",
            "rollups",
            "moderation",
            "moderation_rules",
        },
    }


def test_a_role_counts_in_its_own_workspace_only():
    member = MemberFactory(role=Role.ADMIN)
    other = MemberFactory(user=member.user, role=Role.VIEWER).workspace
    WorkspaceFactory()
    user = member.user
    assert set(workspaces_of(user)) == {member.workspace, other}
    assert list(workspaces_of(user, Area.SOURCES, "change")) == [member.workspace]
    assert may(user, "change", Area.SOURCES)
    assert may(user, "change", Area.SOURCES, member.workspace.pk)
    assert not may(user, "change", Area.SOURCES, other.pk)


def test_two_roles_in_a_workspace_add_up():
    member = MemberFactory(role=Role.MODERATOR)
    MemberFactory(user=member.user, workspace=member.workspace, role=Role.ANALYST)
    ids = member.workspace.pk
    assert may(member.user, "view", Area.DISTINCT_IDS, ids)
    assert may(member.user, "change", Area.EVENT_TYPES, ids)
    assert not may(member.user, "change", Area.SOURCES, ids)


def test_superusers_may_everything_everywhere():
    root, workspace = UserFactory(superuser=True), WorkspaceFactory()
    assert all(may(root, "change", area, workspace.pk) for area in Area)
    assert list(workspaces_of(root)) == [workspace]


def test_metrics_are_read_by_members_and_nobody_else():
    member, other = MemberFactory(), WorkspaceFactory()
    assert may_read_metrics(member.user, member.workspace)
    assert not may_read_metrics(member.user, other)
    assert not may_read_metrics(UserFactory(), other)
    assert not may_read_metrics(AnonymousUser(), other)


def test_a_user_who_is_no_longer_active_may_nothing():
    member = MemberFactory(role=Role.ADMIN)
    member.user.is_active = False
    root = UserFactory(superuser=True, is_active=False)
    assert not may_read_metrics(member.user, member.workspace)
    assert not may_read_metrics(root, member.workspace)
    assert not workspaces_of(root).exists()


def test_roles_are_asked_of_the_database_once_a_user_object(django_assert_num_queries):
    member = MemberFactory()
    with django_assert_num_queries(1):
        for area in Area:
            may(member.user, "view", area, member.workspace.pk)
