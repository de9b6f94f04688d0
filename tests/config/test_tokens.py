"""Programs log in as a user: personal tokens, made and revoked in the admin, and JWTs for a password."""

import secrets
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from config import tokens
from config.api.tokens import FAILURES
from config.models import ApiToken, Role, Scope
from config.tokens import user_of_token
from tests.factories.config import ApiTokenFactory, MemberFactory, UserFactory
from tests.pages import list_url, log_in, url

pytestmark = pytest.mark.django_db
PASSWORD = "analytical engine"


@pytest.fixture
def user():
    return UserFactory(password=PASSWORD)


@pytest.fixture
def token(user):
    return tokens.issue(user, "Report", [Scope.READ_METRICS], timezone.now() + timedelta(days=1))[1]


@pytest.fixture
def post(client):
    """Posts JSON from an address that no other test has, as failures are counted by it."""
    own = f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"

    def post(path, body):
        return client.post(path, body, content_type="application/json", REMOTE_ADDR=own)

    return post


def test_a_personal_token_stands_for_its_user_and_only_its_hash_is_kept(user, token):
    assert user_of_token(token) == user
    row = ApiToken.objects.get()
    assert token not in {str(value) for value in vars(row).values()}
    assert token.startswith(row.prefix)
    assert row.last_used_at is not None


def test_when_it_was_used_last_is_written_once_a_minute(token, django_assert_num_queries):
    user_of_token(token)
    with django_assert_num_queries(1):
        user_of_token(token)


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["revoked", "ended"],
)
def test_a_token_that_was_revoked_or_has_ended_is_nobodys(token, change):
    ApiToken.objects.update(**change)
    assert user_of_token(token) is None


def test_a_user_who_may_no_longer_log_in_has_no_tokens(user, token):
    access, refresh = tokens.pair_for(user)
    user.is_active = False
    user.save()
    assert (user_of_token(token), user_of_token(access), tokens.access_for(refresh)) == (None, None, None)


def test_a_token_is_good_for_its_scopes_only_and_a_jwt_for_all_that_the_role_is(user, token):
    access, _ = tokens.pair_for(user)
    assert user_of_token(token, Scope.READ_PEOPLE) is None
    assert user_of_token(access, Scope.READ_PEOPLE) == user


@pytest.mark.parametrize(
    "text", ["", "agora_pat_", "agora_pat_x", "a.b.c", "..", "é.b.c", "a" * 5_000, "\ud800", "agora_pat_\ud800"]
)
def test_any_other_text_is_nobodys(text):
    assert user_of_token(text) is None


class TestJwt:
    def test_is_got_for_the_password_and_renewed(self, user, post):
        pair = post("/api/token", {"email": user.email.upper(), "password": PASSWORD}).json()
        assert user_of_token(pair["access"]) == user
        again = post("/api/token/refresh/", {"refresh": pair["refresh"]}).json()
        assert user_of_token(again["access"]) == user
        assert pair["expires_in"] == again["expires_in"] == 900

    def test_ends_when_the_password_changes(self, user, post):
        access, refresh = tokens.pair_for(user)
        user.set_password("another engine")
        user.save()
        assert user_of_token(access) is None
        answer = post("/api/token/refresh", {"refresh": refresh})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")

    def test_has_ended_after_its_time_and_one_kind_is_no_other(self, user):
        access = AccessToken.for_user(user)
        access.set_exp(lifetime=-timedelta(seconds=1))
        refresh = RefreshToken.for_user(user)
        assert user_of_token(str(access)) is None
        assert user_of_token(str(refresh)) is None
        assert tokens.access_for(str(refresh.access_token)) is None

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"email": "nobody@example.com", "password": "x"}, 401),
            ({"email": "", "password": "x"}, 400),
            ({"email": "a\0b", "password": "x"}, 400),
            ({"email": ["x"], "password": {}}, 400),
            ({}, 400),
            ([], 400),
        ],
        ids=["nobody", "empty", "nul", "types", "nothing", "list"],
    )
    def test_is_refused_in_words(self, post, body, status):
        answer = post("/api/token", body)
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "details"}

    def test_cannot_be_guessed_for_long_and_success_is_not_counted(self, user, post):
        _, refresh = tokens.pair_for(user)
        answers = [post("/api/token/refresh", {"refresh": refresh}).status_code for _ in range(FAILURES + 1)]
        assert set(answers) == {200}
        answers = [post("/api/token/refresh", {"refresh": "x"}).status_code for _ in range(FAILURES)]
        assert set(answers) == {401}
        refused = post("/api/token", {"email": user.email, "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        assert int(refused["Retry-After"]) > 0


class TestInTheAdmin:
    def test_it_is_shown_once(self, user):
        member = MemberFactory(user=user)
        client = log_in(member.user)
        form = {"name": "Report", "scopes": [Scope.READ_METRICS], "lifetime": "30", "_form_submitted": "on"}
        shown = client.post(reverse("admin:config_apitoken_new_token"), form)
        row = ApiToken.objects.get()
        assert user_of_token(shown.context["token"]) == user
        assert shown.context["token"] in shown.content.decode()
        assert row.user == user
        for page in (list_url(ApiToken), url(row, "change"), url(row, "history")):
            assert shown.context["token"] not in client.get(page).content.decode()

    def test_one_sees_the_own_ones_and_admins_those_of_members(self):
        admin = MemberFactory(role=Role.ADMIN)
        member = MemberFactory(workspace=admin.workspace, role=Role.ANALYST)
        stranger = MemberFactory(role=Role.ADMIN)
        rows = {one.user: ApiTokenFactory(user=one.user) for one in (admin, member, stranger)}

        def seen(user):
            return {row.user for row in log_in(user).get(list_url(ApiToken)).context["cl"].queryset}

        assert seen(member.user) == {member.user}
        assert seen(admin.user) == {admin.user, member.user}
        assert seen(UserFactory(superuser=True)) == set(rows)

    def test_its_user_and_superusers_revoke_it_and_nobody_else(self):
        admin = MemberFactory(role=Role.ADMIN)
        member = MemberFactory(workspace=admin.workspace)
        row = ApiTokenFactory(user=member.user)
        revoke = reverse("admin:config_apitoken_revoke_token", args=[row.pk])
        said = {"_form_submitted": "on"}
        assert log_in(admin.user).post(revoke, said).status_code == 403
        assert ApiToken.objects.valid().exists()
        assert log_in(member.user).post(revoke, said).status_code == 302
        assert not ApiToken.objects.valid().exists()
        assert log_in(UserFactory(superuser=True)).post(revoke, said).status_code == 403
