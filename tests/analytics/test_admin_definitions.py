"""Definitions in the admin: who sees and changes them, the preview, what is applied, and how far its filling is."""

import pytest
from django.urls import reverse

from analytics.admin import previews
from analytics.admin.definitions import facts
from analytics.definitions import DEFINITIONS, Definition
from analytics.models import DefinitionVersion, OpenBucket
from config.admin.runs import BrokerAway
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory, UserFactory
from tests.pages import log_in, said

KEY = "session_gap_minutes"
URL = f"/admin/definitions/commons/{KEY}/"
OVERVIEW = "/admin/definitions/"
GIVEN = {"value_minutes": "60", "valid_from": "2026-03-03", "reason": "long reads"}


@pytest.fixture
def sent(monkeypatch):
    """What would be handed to the workers."""
    found = []
    monkeypatch.setattr(previews, "send", lambda task, arguments: found.append((task, arguments)))
    return found


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    for day in range(3):
        for clock in ("10:00", "10:45"):
            community.happens("post_view", "ada", at(day, clock))
    community.fill()
    return community


@pytest.fixture
def viewed(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def analyst(viewed):
    member = MemberFactory(workspace=viewed.workspace, role=Role.ANALYST)
    client = log_in(member.user)
    client.user = member.user
    return client


def test_the_list_says_what_holds_today(analyst):
    page = analyst.get(OVERVIEW).content.decode()
    assert "Session gap" in page
    assert URL in page
    assert "default" in page


def test_the_page_shows_the_default_and_a_form_made_of_its_fields(analyst):
    response = analyst.get(URL)
    page = response.content.decode()
    assert list(response.context["form"].fields) == ["value_minutes", "valid_from", "reason"]
    assert "Default 30; 1 to 1440." in page
    assert "holds today" in page


def test_a_preview_tells_before_and_after_and_changes_nothing(analyst, sent):
    response = analyst.post(URL, {"do": "preview"} | GIVEN)
    rows = {row["key"]: row for row in response.context["preview"]["rows"]}
    assert (rows["sessions"]["before"], rows["sessions"]["after"], rows["sessions"]["count"]) == ("4", "2", 2)
    page = response.content.decode()
    assert 'data-metric="sessions"' in page
    assert "Apply and fill again" in page
    assert not DefinitionVersion.objects.exists()
    assert not OpenBucket.objects.exists()
    assert sent == []


def test_what_was_seen_is_applied_and_filled_with_progress(analyst, viewed, sent):
    seen = analyst.post(URL, {"do": "preview"} | GIVEN).context["seen"]
    response = analyst.post(URL, {"do": "apply", "seen": seen} | GIVEN)
    row = DefinitionVersion.objects.get()
    assert (row.value, str(row.valid_from), row.owner, row.note) == (
        {"minutes": 60},
        "2026-03-03",
        analyst.user,
        "long reads",
    )
    opened = OpenBucket.objects.filter(workspace=viewed.workspace).count()
    assert sent == [("analytics.fill", {"workspace": "commons"})]
    assert response.url == f"{URL}?filling={opened}"
    assert "settle until they are filled" in said(response)[0]
    assert viewed.metric("sessions", 1).state == "settling"
    assert viewed.metric("sessions", 1).value == 2

    page = analyst.get(response.url)
    assert page.context["progress"]["percent"] == 0
    assert 'http-equiv="refresh"' in page.content.decode()
    viewed.fill()
    page = analyst.get(response.url)
    assert page.context["progress"]["percent"] == 100
    assert 'http-equiv="refresh"' not in page.content.decode()
    assert viewed.metric("sessions", 1).value == 1


def test_what_was_not_seen_is_shown_first(analyst, sent):
    seen = analyst.post(URL, {"do": "preview"} | GIVEN).context["seen"]
    response = analyst.post(URL, {"do": "apply", "seen": seen} | GIVEN | {"value_minutes": "90"})
    assert response.context["preview"]
    assert response.context["seen"] != seen
    assert not DefinitionVersion.objects.exists()


def test_a_version_is_taken_back_after_a_preview(analyst, viewed, sent):
    seen = analyst.post(URL, {"do": "preview"} | GIVEN).context["seen"]
    analyst.post(URL, {"do": "apply", "seen": seen} | GIVEN)
    viewed.fill()
    back = {"from": "2026-03-03", "note": "a mistake"}
    response = analyst.post(URL, {"do": "preview_retire"} | back)
    rows = {row["key"]: row for row in response.context["preview"]["rows"]}
    assert (rows["sessions"]["before"], rows["sessions"]["after"]) == ("2", "4")
    assert DefinitionVersion.objects.get().retired_at is None

    analyst.post(URL, {"do": "retire", "seen": response.context["seen"]} | back)
    viewed.fill()
    row = DefinitionVersion.objects.get()
    assert (row.retired_by, row.retired_note) == (analyst.user, "a mistake")
    assert viewed.metric("sessions", 1).value == 2
    assert "Versions that hold no more (1)" in analyst.get(URL).content.decode()


def test_a_version_of_days_to_come_opens_nothing(analyst, sent):
    given = GIVEN | {"valid_from": "2900-01-01"}
    seen = analyst.post(URL, {"do": "preview"} | given).context["seen"]
    response = analyst.post(URL, {"do": "apply", "seen": seen} | given)
    assert response.url == URL
    assert said(response) == ["The version from 2900-01-01 is set. No day has to be filled again."]
    assert sent == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"value_minutes": "0"},
        {"value_minutes": "9" * 400},
        {"value_minutes": "NaN"},
        {"value_minutes": ""},
        {"valid_from": "yesterday"},
        {"valid_from": "0001-01-01"},
        {"reason": ""},
        {"reason": "x" * 201},
        {"reason": "a\x00b"},
    ],
)
def test_a_form_that_makes_no_sense_says_so_and_does_nothing(analyst, wrong):
    for do in ("preview", "apply", "", "anything"):
        response = analyst.post(URL, {"do": do} | GIVEN | wrong)
        assert response.status_code == 200
        assert response.context["form"].errors
    assert not DefinitionVersion.objects.exists()


def test_what_holds_already_is_refused(analyst):
    response = analyst.post(URL, {"do": "preview"} | GIVEN | {"value_minutes": "30"})
    assert "holds on 2026-03-03 already" in response.content.decode()


@pytest.mark.parametrize(
    "back", [{}, {"from": "x", "note": "y"}, {"from": "2026-03-03"}, {"from": "2026-03-03", "note": "y"}]
)
def test_taking_back_what_is_not_there_is_refused(analyst, back):
    for do in ("preview_retire", "retire"):
        response = analyst.post(URL, {"do": do} | back)
        assert response.status_code == 200
        assert "preview" not in response.context


def test_while_no_worker_can_be_told_the_version_holds_and_the_page_says_so(analyst, monkeypatch):
    def away(*_):
        raise BrokerAway("Redis cannot be reached (x), so no worker would hear of it.")

    monkeypatch.setattr(previews, "send", away)
    seen = analyst.post(URL, {"do": "preview"} | GIVEN).context["seen"]
    response = analyst.post(URL, {"do": "apply", "seen": seen} | GIVEN)
    assert DefinitionVersion.objects.exists()
    assert any("five past the hour" in line for line in said(response))


def test_odd_addresses_are_answered(analyst):
    for asked in ("x", "-1", "9" * 30, "", "½"):
        assert analyst.get(URL, {"filling": asked}).status_code == 200
    assert analyst.get(OVERVIEW, {"workspace": "elsewhere"}).status_code == 404
    assert analyst.get("/admin/definitions/commons/cake/").status_code == 404
    assert analyst.put(URL).status_code == 405


@pytest.mark.parametrize(
    ("role", "status", "changes"),
    [
        (Role.VIEWER, 403, False),
        (Role.MODERATOR, 403, False),
        (Role.COMMUNITY_MANAGER, 200, False),
        (Role.PRIVACY_OFFICER, 200, False),
        (Role.ANALYST, 200, True),
        (Role.ADMIN, 200, True),
    ],
)
def test_operators_look_and_analysts_and_admins_change(viewed, role, status, changes):
    client = log_in(MemberFactory(workspace=viewed.workspace, role=role).user)
    assert client.get(OVERVIEW).status_code == status
    response = client.get(URL)
    assert response.status_code == (status if status == 200 else 404)
    assert ("A new version" in response.content.decode()) is changes
    answer = client.post(URL, {"do": "preview"} | GIVEN)
    assert answer.status_code == (200 if changes else 403 if status == 200 else 404)


def test_a_workspace_of_others_is_not_there(viewed):
    client = log_in(MemberFactory(workspace=Community("commons-other").workspace, role=Role.ADMIN).user)
    assert client.get(URL).status_code == 404
    assert client.post(URL, {"do": "preview"} | GIVEN).status_code == 404
    assert "commons/" not in client.get(OVERVIEW).content.decode()


def test_whoever_is_not_logged_in_is_sent_to_the_form(client, viewed):
    assert client.get(URL).status_code == 302
    assert reverse("admin:login") in client.get(OVERVIEW).url
    assert log_in(UserFactory(superuser=True)).get(URL).status_code == 200


def test_a_definition_of_every_kind_of_field_is_set_through_its_form(analyst, viewed, monkeypatch):
    monkeypatch.setattr(DEFINITIONS, "_entries", dict(DEFINITIONS._entries))
    default = {"share": 0.5, "hot": False, "name": "pie", "spices": ["clove"], "steps": [{"name": "peel", "points": 0}]}
    DEFINITIONS.register(Definition("pie", "Pie", "What goes in.", default, limits={"share": (0, 1)}))
    url = "/admin/definitions/commons/pie/"
    page = analyst.get(url)
    assert page.context["form"]["value_spices"].value() == "clove"
    given = {
        "value_share": "0.25",
        "value_hot": "on",
        "value_name": "tart",
        "value_spices": "clove\nmace\n\nclove",
        "value_steps": '[{"name": "bake", "points": 5}]',
        "valid_from": "2026-03-03",
        "reason": "better",
    }
    seen = analyst.post(url, {"do": "preview"} | given).context["seen"]
    analyst.post(url, {"do": "apply", "seen": seen} | given)
    assert DefinitionVersion.objects.get().value == {
        "share": 0.25,
        "hot": True,
        "name": "tart",
        "spices": ["clove", "mace"],
        "steps": [{"name": "bake", "points": 5}],
    }
    for steps in ("[" * 5_000, "{}", "[5]", '[{"name": "bake"}]', '[{"name": "bake", "points": NaN}]'):
        response = analyst.post(url, {"do": "preview"} | given | {"value_steps": steps})
        assert "value_steps" in response.context["form"].errors, steps[:30]


@pytest.mark.parametrize(("role", "shown"), [(Role.ADMIN, "qa-ada"), (Role.ANALYST, "•••")])
def test_whom_a_pattern_matches_is_masked_for_whoever_may_not_see_ids(viewed, role, shown):
    viewed.happens("post_view", "qa-ada", at(1))
    viewed.fill()
    client = log_in(MemberFactory(workspace=viewed.workspace, role=role).user)
    given = {"do": "preview", "value_patterns": "test\nqa-*", "valid_from": "2026-03-01", "reason": "our own"}
    response = client.post("/admin/definitions/commons/test_accounts/", given)
    assert [(one["name"], one["turns"], one["days"]) for one in response.context["people"]] == [
        (shown, "out of the counts", 1)
    ]
    page = response.content.decode()
    assert ("qa-ada" in page) is (shown == "qa-ada")
    assert ("/admin/people/" in page) is (shown == "qa-ada") or "data-person" in page


def test_a_list_of_things_is_told_in_words():
    levels = [{"name": "new_user", "min_points": 0}, {"name": "admin", "min_points": 50000}]
    assert facts({"levels": levels}) == [("levels", "name new_user, min points 0; name admin, min points 50000")]
