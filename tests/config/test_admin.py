"""The admin: every page opens, tenants are apart, and actions do what they say, for whom they may."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from analytics.dashboards import DASHBOARDS
from analytics.models import Feature, Funnel, Recount, RollupState
from config.lib import admin as lib
from config.lib.admin import duration_words
from config.models import ApiToken, Member, Role, Run, User, Workspace
from economy.models import Correction, CorrectionLimit, PointAlert, PointMode, RuleVersion, TransferRing
from ingestion.models import (
    Actor,
    Anomaly,
    Community,
    EventType,
    EventTypeVersion,
    IdentityConflict,
    ImportedFile,
    MergeRecord,
    QuarantinedEvent,
    Source,
    SourceDatabase,
)
from moderation.models import (
    Action,
    Appeal,
    Breach,
    Case,
    Delivery,
    DeskSettings,
    Exposure,
    LogEntry,
    Pattern,
    PatternHit,
    Policy,
    Report,
    ServiceLevel,
    Strike,
    Webhook,
)
from privacy.models import AccessRecord, ConsentRecord, RefusedEvents
from tests.factories.analytics import FeatureFactory, FunnelFactory, RecountFactory, RollupStateFactory
from tests.factories.config import (
    ApiTokenFactory,
    IntervalScheduleFactory,
    MemberFactory,
    PeriodicTaskFactory,
    RunFactory,
    UserFactory,
    WorkspaceFactory,
)
from tests.factories.economy import alert, correction, ring, rule
from tests.factories.ingestion import (
    ActorFactory,
    AnomalyFactory,
    CommunityFactory,
    EventTypeVersionFactory,
    IdentityConflictFactory,
    ImportedFileFactory,
    MergeRecordFactory,
    QuarantinedEventFactory,
    SourceDatabaseFactory,
    WriteKeyFactory,
)
from tests.factories.moderation import (
    ActionFactory,
    AppealFactory,
    BreachFactory,
    CaseFactory,
    DeliveryFactory,
    DeskSettingsFactory,
    ExposureFactory,
    LogEntryFactory,
    PatternFactory,
    PatternHitFactory,
    PolicyFactory,
    ReportFactory,
    ServiceLevelFactory,
    StrikeFactory,
    WebhookFactory,
)
from tests.factories.privacy import AccessRecordFactory, ConsentRecordFactory, RefusedEventsFactory
from tests.pages import list_url, log_in, url

pytestmark = pytest.mark.django_db

# model -> a row of it in the workspace
ROWS = {
    Workspace: lambda workspace: workspace,
    Member: lambda workspace: MemberFactory(workspace=workspace),
    ApiToken: lambda workspace: ApiTokenFactory(user=MemberFactory(workspace=workspace).user),
    Run: lambda workspace: RunFactory(workspace=workspace, error="<b>boom</b>"),
    Source: lambda workspace: WriteKeyFactory(source__workspace=workspace).source,
    Anomaly: lambda workspace: AnomalyFactory(source__workspace=workspace),
    SourceDatabase: lambda workspace: SourceDatabaseFactory(source__workspace=workspace),
    EventType: lambda workspace: EventTypeVersionFactory(event_type__workspace=workspace).event_type,
    EventTypeVersion: lambda workspace: EventTypeVersionFactory(event_type__workspace=workspace, status="draft"),
    QuarantinedEvent: lambda workspace: QuarantinedEventFactory(source__workspace=workspace),
    ImportedFile: lambda workspace: ImportedFileFactory(source__workspace=workspace),
    Actor: lambda workspace: ActorFactory(workspace=workspace),
    MergeRecord: lambda workspace: MergeRecordFactory(workspace=workspace),
    IdentityConflict: lambda workspace: IdentityConflictFactory(workspace=workspace),
    Community: lambda workspace: CommunityFactory(workspace=workspace),
    Feature: lambda workspace: FeatureFactory(workspace=workspace),
    Funnel: lambda workspace: FunnelFactory(workspace=workspace),
    RollupState: lambda workspace: RollupStateFactory(workspace=workspace),
    Recount: lambda workspace: RecountFactory(workspace=workspace),
    Correction: correction,
    CorrectionLimit: lambda workspace: CorrectionLimit.objects.create(workspace=workspace),
    RuleVersion: rule,
    PointAlert: alert,
    TransferRing: ring,
    PointMode: lambda workspace: PointMode.objects.create(workspace=workspace),
    AccessRecord: lambda workspace: AccessRecordFactory(workspace=workspace),
    ConsentRecord: lambda workspace: ConsentRecordFactory(workspace=workspace),
    RefusedEvents: lambda workspace: RefusedEventsFactory(workspace=workspace),
    Case: lambda workspace: CaseFactory(workspace=workspace),
    Report: lambda workspace: ReportFactory(case__workspace=workspace),
    Action: lambda workspace: ActionFactory(case__workspace=workspace),
    Appeal: lambda workspace: AppealFactory(action__case__workspace=workspace),
    Strike: lambda workspace: StrikeFactory(action__case__workspace=workspace),
    LogEntry: lambda workspace: LogEntryFactory(case__workspace=workspace),
    Policy: lambda workspace: PolicyFactory(workspace=workspace),
    DeskSettings: lambda workspace: DeskSettingsFactory(workspace=workspace),
    Pattern: lambda workspace: PatternFactory(workspace=workspace),
    PatternHit: lambda workspace: PatternHitFactory(pattern__workspace=workspace),
    Exposure: lambda workspace: ExposureFactory(case__workspace=workspace),
    Webhook: lambda workspace: WebhookFactory(workspace=workspace),
    Delivery: lambda workspace: DeliveryFactory(webhook__workspace=workspace),
    ServiceLevel: lambda workspace: ServiceLevelFactory(workspace=workspace),
    Breach: lambda workspace: BreachFactory(case__workspace=workspace),
}


# Rows of the whole installation.
INSTALLATION = {
    User: UserFactory,
    PeriodicTask: PeriodicTaskFactory,
    IntervalSchedule: IntervalScheduleFactory,
    CrontabSchedule: lambda: CrontabSchedule.objects.create(minute="5"),
}


@pytest.fixture
def root():
    return log_in(UserFactory(superuser=True))


@pytest.fixture
def member():
    """An admin of one workspace, beside another workspace of others."""
    WorkspaceFactory()
    return MemberFactory(role=Role.ADMIN)


def test_these_are_all_models_of_the_admin():
    assert set(admin.site._registry) == {*ROWS, *INSTALLATION}


@pytest.mark.parametrize("model", [*ROWS, *INSTALLATION], ids=lambda model: model.__name__)
def test_every_page_opens_for_a_superuser(root, model):
    row = ROWS[model](WorkspaceFactory()) if model in ROWS else INSTALLATION[model]()
    model_admin = admin.site.get_model_admin(model)
    request = root.get("/admin/login/?next=/admin/").wsgi_request
    assert root.get(list_url(model)).status_code == 200
    assert root.get(list_url(model), {"q": "nothing like it"}).status_code == 200
    for page in ("change", "history"):
        assert root.get(url(row, page)).status_code == 200, page
    may_delete = model_admin.has_delete_permission(request, row)
    assert root.get(url(row, "delete")).status_code == (200 if may_delete else 403)
    added = root.get(list_url(model) + "add/").status_code
    assert added == (200 if model_admin.has_add_permission(request) else 403)


@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in [*ROWS, *INSTALLATION]}))
def test_the_page_of_each_app_opens(root, app):
    assert root.get(reverse("admin:app_list", args=[app])).status_code == 200


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_member_sees_the_rows_of_the_own_workspace_and_no_others(member, model):
    client = log_in(member.user)
    own, other = ROWS[model](member.workspace), ROWS[model](WorkspaceFactory())
    answer = client.get(list_url(model))
    assert answer.status_code == 200
    listed = {row.pk for row in answer.context["cl"].queryset}
    assert own.pk in listed
    assert other.pk not in listed
    assert client.get(url(own, "change")).status_code == 200
    for page in ("change", "history", "delete"):
        assert client.get(url(other, page)).status_code in {302, 403}, page
        assert client.post(url(other, page), {"post": "yes"}).status_code in {302, 403, 405}, page
    assert type(other)._default_manager.filter(pk=other.pk).exists()


@pytest.mark.parametrize("model", INSTALLATION, ids=lambda model: model.__name__)
def test_what_is_of_the_installation_is_closed_to_members(member, model):
    client = log_in(member.user)
    row = INSTALLATION[model]()
    for page in (list_url(model), list_url(model) + "add/", url(row, "change")):
        assert client.get(page).status_code == 403


def test_a_viewer_sees_workspaces_own_tokens_and_what_numbers_are_asked_of_only():
    viewer = MemberFactory(role=Role.VIEWER)
    client = log_in(viewer.user)
    opened = {model for model in [*ROWS, *INSTALLATION] if client.get(list_url(model)).status_code == 200}
    assert opened == {Workspace, ApiToken, Feature, Funnel}
    assert client.post(url(viewer.workspace, "change"), {"name": "Mine"}).status_code == 403


def test_the_sidebar_leads_to_what_may_be_seen(member):
    def titles(user):
        groups = log_in(user).get(reverse("admin:dashboard_executive")).context["sidebar_navigation"]
        return [item["title"] for group in groups for item in group["items"] if item["has_permission"]]

    seen = titles(MemberFactory(role=Role.VIEWER).user)
    boards = len(DASHBOARDS)
    assert (seen[0], seen[boards:]) == ("Executive", ["Funnels", "Features", "API", "Workspaces", "API tokens"])
    assert {"Users", "Schedules"} & set(titles(member.user)) == set()
    assert {"Sources", "Members", "Runs"} <= set(titles(member.user))
    assert {"Users", "Schedules"} <= set(titles(UserFactory(superuser=True)))


def test_the_workspace_is_a_column_and_a_filter_for_whoever_has_several(member):
    client = log_in(member.user)
    own = ROWS[Source](member.workspace)
    assert "workspace_name" not in client.get(list_url(Source)).context["cl"].list_display
    second = MemberFactory(user=member.user, role=Role.ANALYST).workspace
    theirs = ROWS[Source](second)
    answer = client.get(list_url(Source))
    assert "workspace_name" in answer.context["cl"].list_display
    (by_workspace,) = [spec for spec in answer.context["cl"].filter_specs if spec.title == "workspace"]
    assert {slug for slug, _ in by_workspace.lookup_choices} == {member.workspace.slug, second.slug}
    filtered = client.get(list_url(Source), {"workspace": second.slug})
    assert [row.pk for row in filtered.context["cl"].queryset] == [theirs.pk]
    assert own.pk not in filtered.context["cl"].queryset.values_list("pk", flat=True)


def test_filters_by_a_related_row_offer_only_own_rows(member):
    own, other = ROWS[QuarantinedEvent](member.workspace), ROWS[QuarantinedEvent](WorkspaceFactory())
    second = ROWS[QuarantinedEvent](member.workspace)
    answer = log_in(member.user).get(list_url(QuarantinedEvent))
    (by_source,) = [spec for spec in answer.context["cl"].filter_specs if spec.title == "source"]
    assert {pk for pk, _ in by_source.lookup_choices} == {own.source.pk, second.source.pk}
    assert other.source.name not in answer.content.decode()


def test_a_list_without_rows_says_so_and_offers_to_add_what_can_be_added(root):
    alerts, members = (root.get(list_url(model)).content.decode() for model in (PointAlert, Member))
    for page in (alerts, members):
        assert "There is nothing here yet." in page
        assert "Create a new item" not in page
    assert ">Add member<" in members
    assert ">Add point alert<" not in alerts
    narrowed = root.get(list_url(PointAlert), {"severity__exact": "high"}).content.decode()
    assert "Nothing here is as you ask for." in narrowed
    assert "Reset search and filters" in narrowed


class TestUsers:
    def test_a_superuser_adds_a_user_who_logs_in_by_e_mail(self, root):
        form = {"email": "ada@example.com", "name": "Ada", "usable_password": "true"}
        form |= {"password1": "analytical engine", "password2": "analytical engine"}
        inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
        assert root.post(reverse("admin:config_user_add"), form | inline).status_code == 302
        login = {"username": "ada@example.com", "password": "analytical engine"}
        answer = Client().post("/admin/login/?next=/admin/", login)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")

    def test_a_password_is_changed_by_a_superuser_and_by_its_owner(self, root):
        user = UserFactory(password="the first password")
        form = {"usable_password": "true", "password1": "the second one", "password2": "the second one"}
        page = reverse("admin:auth_user_password_change", args=[user.pk])
        assert root.get(page).status_code == 200
        assert root.post(page, form).status_code == 302
        user.refresh_from_db()
        assert user.check_password("the second one")
        own = {"old_password": "the second one", "new_password1": "the third one", "new_password2": "the third one"}
        client = log_in(user)
        assert client.get(reverse("admin:password_change")).status_code == 200
        assert client.post(reverse("admin:password_change"), own).status_code == 302
        user.refresh_from_db()
        assert user.check_password("the third one")

    def test_a_login_that_asked_for_no_page_leads_to_the_dashboard(self):
        UserFactory(email="ada@example.com", password="analytical engine")
        client = Client()
        answer = client.post(
            "/admin/login/", {"username": "ada@example.com", "password": "analytical engine"}, follow=True
        )
        assert answer.redirect_chain[-1][0] == reverse("admin:dashboard_executive")


class TestWorkspaces:
    def test_none_is_added_here_and_the_list_says_where(self, root):
        assert root.get(reverse("admin:config_workspace_changelist") + "add/").status_code == 403
        assert "create_workspace" in root.get(list_url(Workspace)).content.decode()

    def test_slug_uuid_and_time_zone_stay(self, member):
        workspace = member.workspace
        changed = {"name": "Forum", "time_zone": "Europe/Vienna", "slug": "other", "uuid": "0" * 32}
        changed["consent_policy"] = "required"
        assert log_in(member.user).post(url(workspace, "change"), changed).status_code == 302
        before = (workspace.slug, workspace.uuid, "UTC")
        workspace.refresh_from_db()
        assert (workspace.name, workspace.consent_policy) == ("Forum", "required")
        assert (workspace.slug, workspace.uuid, workspace.time_zone) == before

    def test_ids_that_are_nobodys_are_written_one_a_line(self, member):
        workspace, client = member.workspace, log_in(member.user)
        fields = {"name": "Forum", "time_zone": "UTC", "consent_policy": "implied"}
        asked = fields | {"ignored_ids": " guest \n\ntest user\r\nguest"}
        assert client.post(url(workspace, "change"), asked).status_code == 302
        workspace.refresh_from_db()
        assert workspace.ignored_ids == ["guest", "test user"]
        assert "guest\ntest user" in client.get(url(workspace, "change")).content.decode()
        for wrong in ("x" * 513, "\n".join(map(str, range(1_001)))):
            answer = client.post(url(workspace, "change"), fields | {"ignored_ids": wrong})
            assert "ignored_ids" in answer.context["adminform"].form.errors
        workspace.refresh_from_db()
        assert workspace.ignored_ids == ["guest", "test user"]

    def test_the_page_leads_to_that_of_the_time_zone(self, member):
        client = log_in(member.user)
        page = client.get(url(member.workspace, "change")).content.decode()
        assert 'href="../time-zone/"' in page
        assert client.get(url(member.workspace, "change").replace("/change/", "/time-zone/")).status_code == 200


class TestMembers:
    ADD = "/admin/config/member/add/"

    def test_somebody_is_added_by_their_e_mail_in_any_case(self, member):
        user = UserFactory(email="ada@example.com")
        form = {"user": "Ada@Example.com", "workspace": member.workspace.pk, "role": Role.ANALYST}
        assert log_in(member.user).post(self.ADD, form).status_code == 302
        assert Member.objects.filter(user=user, workspace=member.workspace, role=Role.ANALYST).exists()

    def test_the_form_shows_nobody_elses_people(self, member):
        stranger = UserFactory(email="stranger@example.com")
        assert stranger.email not in log_in(member.user).get(self.ADD).content.decode()

    @pytest.mark.parametrize(("field", "value"), [("user", "nobody@example.com"), ("workspace", "other")])
    def test_unknown_people_and_other_workspaces_are_refused(self, member, field, value):
        other = Workspace.objects.exclude(pk=member.workspace.pk).get()
        form = {"user": UserFactory().email, "workspace": member.workspace.pk, "role": Role.ADMIN}
        form[field] = other.pk if value == "other" else value
        answer = log_in(member.user).post(self.ADD, form)
        assert field in answer.context["adminform"].form.errors

    def test_the_same_role_twice_is_an_error_of_the_form(self, member):
        second = MemberFactory(user=member.user, workspace=member.workspace, role=Role.VIEWER)
        answer = log_in(member.user).post(url(second, "change"), {"role": Role.ADMIN})
        assert answer.status_code == 200
        assert answer.context["adminform"].form.non_field_errors()

    def test_a_member_is_taken_out(self, member):
        gone = MemberFactory(workspace=member.workspace)
        assert log_in(member.user).post(url(gone, "delete"), {"post": "yes"}).status_code == 302
        assert not Member.objects.filter(pk=gone.pk).exists()


class TestBigTables:
    def test_beyond_the_limit_the_number_is_an_estimate(self, root, monkeypatch):
        monkeypatch.setattr(lib, "EXACT_ROWS", 3)
        workspace = WorkspaceFactory()
        ActorFactory.create_batch(3, workspace=workspace)
        answer = root.get(list_url(Actor))
        assert (answer.context["cl"].result_count, answer.context["cl"].paginator.estimated) == (3, False)
        ActorFactory.create_batch(2, workspace=workspace)
        answer = root.get(list_url(Actor), {"workspace": workspace.slug})
        assert answer.context["cl"].paginator.estimated
        assert answer.context["cl"].result_count >= 3
        assert "is an estimate" in answer.content.decode()

    def test_no_query_counts_the_whole_table(self, root, django_assert_max_num_queries):
        ActorFactory.create_batch(3)
        with django_assert_max_num_queries(20) as asked:
            root.get(list_url(Actor))
        counts = [query["sql"] for query in asked if "COUNT(" in query["sql"] and "ingestion_actor" in query["sql"]]
        assert counts
        assert all("LIMIT" in sql for sql in counts)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.0 s"), (-0.2, "0.0 s"), (59.94, "59.9 s"), (75, "1 min 15 s"), (3_600, "1 h 0 min"), (7_380, "2 h 3 min")],
)
def test_durations_in_words(seconds, words):
    assert duration_words(timedelta(seconds=seconds)) == words
