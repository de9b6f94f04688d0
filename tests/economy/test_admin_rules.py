"""The pages of rules: what holds, another version from a day on, and what a form refuses."""

import pytest
from django.urls import reverse
from django.utils import timezone

from config.models import Role
from economy import rules
from economy.models import PointMode, RuleVersion
from ingestion import catalog
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.economy import grant
from tests.factories.ingestion import ActorFactory
from tests.pages import list_url, log_in, said, url

from .village import FIRST, Village, posted

pytestmark = pytest.mark.django_db
ADD = reverse("admin:economy_ruleversion_add")


@pytest.fixture
def member():
    return MemberFactory(role=Role.ANALYST)


@pytest.fixture
def workspace(member):
    catalog.load(member.workspace, ("forum",))
    rules.load_forum(member.workspace, FIRST)
    return member.workspace


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def create_post(workspace):
    return RuleVersion.objects.get(workspace=workspace, key="create_post")


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def filled(client, row):
    """The form of another version of a rule, as a browser would send it."""
    initial = client.get(ADD, {"version": row.pk}).context["adminform"].form.initial
    return {name: value for name, value in initial.items() if value not in (None, False)}


def test_the_list_tells_what_holds_and_leads_to_a_change(client, workspace, create_post):
    later = rules.change(workspace, "create_post", {"amount": 7}, timezone.now().date().replace(year=2100))
    shown = text(client.get(list_url(RuleVersion)))
    for words in (
        "create_post@1",
        "post_created costs 5",
        "Holds",
        "create_post@2",
        "Not yet",
        f"{ADD}?version={later.pk}",
    ):
        assert words in shown
    rules.change(workspace, "create_post", {"enabled": False}, FIRST)
    shown = text(client.get(list_url(RuleVersion) + "?key=create_post"))
    assert "Replaced" in shown
    assert "Off" in shown
    assert "Holds" not in shown


def test_a_change_is_another_version_with_who_made_it(client, member, create_post):
    assert client.get(url(create_post, "change")).status_code == 200
    form = filled(client, create_post)
    assert form["valid_from"] == timezone.now().date()
    assert client.post(ADD, form | {"amount": 9, "note": "dear"}).status_code == 302
    row = RuleVersion.objects.get(key="create_post", version=2)
    assert (row.amount, row.owner, row.note, row.event) == (9, member.user, "dear", "post_created")
    create_post.refresh_from_db()
    assert create_post.amount == 5
    assert client.post(url(create_post, "change"), form).status_code == 403


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": "0"}, "greater than or equal to 1"),
        ({"amount": "-1"}, "greater than or equal to 1"),
        ({"amount": "NaN"}, "Enter a whole number"),
        ({"amount": "1e30"}, "Enter a whole number"),
        ({"amount": "1" + "0" * 30}, "less than or equal to"),
        ({"amount": ""}, "Say how many points"),
        ({"event": "nothing"}, "There is no event type"),
        ({"event": "points_transferred"}, "would answer itself"),
        ({"effect": "refund", "amount": ""}, "There is no rule"),
        ({"key": "No Key"}, "Small letters"),
        ({}, "already"),
        ({"valid_from": "soon"}, "Enter a valid date"),
    ],
    ids=lambda value: next(iter(value.values()), "nothing")[:20] if isinstance(value, dict) else "",
)
def test_what_makes_no_sense_is_told_in_the_form(client, create_post, change, why):
    answer = client.post(ADD, filled(client, create_post) | change)
    assert why in text(answer)
    assert RuleVersion.objects.filter(workspace=create_post.workspace).count() == len(rules.FORUM)


def test_others_rules_are_neither_seen_nor_made(client, create_post):
    stranger = Village("stranger")
    theirs = RuleVersion.objects.get(workspace=stranger.workspace, key="create_post")
    assert client.get(url(theirs, "change")).status_code == 302
    assert "key" not in client.get(ADD, {"version": theirs.pk}).context["adminform"].form.initial
    form = filled(client, create_post) | {"workspace": stranger.workspace.pk, "amount": 9}
    assert "Select a valid choice" in text(client.post(ADD, form))
    assert "stranger" not in text(client.get(list_url(RuleVersion)))


@pytest.mark.parametrize("version", ["x", "-1", "9" * 30])
def test_an_odd_address_is_an_empty_form(client, workspace, version):
    assert client.get(ADD, {"version": version}).status_code == 200


def test_who_may_look_may_not_change(workspace, create_post):
    client = log_in(MemberFactory(workspace=workspace, role=Role.COMMUNITY_MANAGER).user)
    assert "create_post@1" in text(client.get(list_url(RuleVersion)))
    assert client.get(ADD).status_code == 403
    assert log_in(MemberFactory(workspace=workspace).user).get(list_url(RuleVersion)).status_code == 403


def test_a_forums_rules_are_loaded_with_a_button(client, member):
    row = PointMode.objects.create(workspace=member.workspace, mode="rules")
    address = url(row, "load_forum")
    assert "There is no event type" in said(client.get(address))[0]
    catalog.load(member.workspace, ("forum",))
    assert said(client.get(address))[-1] == "8 rules were added. They hold from today on."
    assert RuleVersion.objects.filter(workspace=member.workspace, owner=member.user).count() == 8
    other = PointMode.objects.create(workspace=WorkspaceFactory())
    client.get(url(other, "load_forum"))
    assert not RuleVersion.objects.filter(workspace=other.workspace).exists()


def test_a_statement_shows_what_was_refused():
    village = Village()
    ActorFactory(workspace=village.workspace, actor_id=village.actor("bob"), distinct_id="bob")
    grant(village.workspace, 3, village.actor("bob"))
    village.told(posted("bob", 1, "<b>p7</b>"))
    client = log_in(MemberFactory(workspace=village.workspace, role=Role.MODERATOR).user)
    address = reverse("admin:ledger_statement", args=["village", village.actor("bob")])
    shown = text(client.get(address))
    for words in ("Refused", "The person has too few points", "create_post@1", "post:&lt;b&gt;p7&lt;/b&gt;"):
        assert words in shown
