"""Who is at the other end of a socket, and when they no longer are."""

import pytest
from django.test import Client
from django.utils import timezone

from config import tokens
from config.models import Scope
from config.socket_login import Login, Refused, by_cookie, is_ours
from tests.factories.config import ApiTokenFactory, MemberFactory, UserFactory


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("https://testserver", "testserver", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://trusted.example", "localhost:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("https://evil.example", "localhost:8000", False),
        # A name that somebody else's server of names leads here.
        ("https://evil.example", "evil.example", False),
        ("null", "localhost:8000", False),
        ("http://[", "[", False),
        ("", "", False),
    ],
)
def test_a_page_is_ours_by_its_origin_and_the_host_it_asks(settings, origin, host, ours):
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    assert is_ours(origin, host) is ours


def test_a_cookie_is_believed_of_a_page_of_ours_as_long_as_its_session_lasts(db):
    user, browser = UserFactory(), Client()
    browser.force_login(user)
    cookie = f"a=1; sessionid={browser.cookies['sessionid'].value}".encode()
    headers = [(b"host", b"testserver"), (b"cookie", cookie)]
    assert by_cookie(headers) is None
    assert by_cookie([*headers, (b"origin", b"https://evil.example")]) is None

    login = by_cookie([*headers, (b"origin", b"http://testserver")])
    assert login.user(Scope.READ_METRICS) == user
    browser.logout()
    with pytest.raises(Refused) as refused:
        login.user(Scope.READ_METRICS)
    assert refused.value.code == 4401


def test_a_token_is_asked_again_for_what_it_is_good_for(db):
    row = ApiTokenFactory(token="agora_pat_asked_again", scopes=[Scope.READ_METRICS])
    login = Login(token="agora_pat_asked_again")
    assert (login.user(Scope.READ_METRICS), login.token_id) == (row.user, row.pk)
    with pytest.raises(Refused) as refused:
        login.user(Scope.READ_PEOPLE)
    assert refused.value.code == 4403

    row.revoked_at = timezone.now()
    row.save()
    with pytest.raises(Refused) as refused:
        login.user(Scope.READ_METRICS)
    assert refused.value.code == 4401


def test_who_may_no_longer_log_in_is_nobody(db):
    user = MemberFactory().user
    access, _ = tokens.pair_for(user)
    assert Login(token=access).user(Scope.READ_METRICS) == user
    user.is_active = False
    user.save()
    for token in (access, "", "a.b.c", "agora_pat_made_up", "x" * 10_000):
        with pytest.raises(Refused) as refused:
            Login(token=token).user(Scope.READ_METRICS)
        assert refused.value.code == 4401
