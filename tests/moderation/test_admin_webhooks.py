"""The pages of webhooks and deliveries: what may be entered, the secret shown once, sending again."""

import pytest
from django.contrib.admin.models import LogEntry

from config.models import Role
from moderation import webhooks
from moderation.models import Delivery, Webhook
from tests.factories.config import MemberFactory
from tests.factories.moderation import DeliveryFactory, WebhookFactory
from tests.pages import act, confirm, list_url, log_in, said, url


@pytest.fixture
def manager(forum):
    return MemberFactory(workspace=forum.workspace, role=Role.COMMUNITY_MANAGER).user


def add(browser, forum, address):
    form = {"workspace": forum.workspace.pk, "url": address, "enabled": "on"}
    return browser.post(f"{list_url(Webhook)}add/", form)


def test_an_address_is_added_and_its_secret_is_shown_once_and_kept_nowhere_in_clear(forum, manager):
    browser = log_in(manager)
    answer = add(browser, forum, "https://93.184.215.14/hook")
    hook = Webhook.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url(hook, "change"))
    assert "needs a secret" in browser.get(url(hook, "change")).content.decode()
    shown = confirm(browser, hook, "new_secret", overlap="24").content.decode()
    hook.refresh_from_db()
    (secret,) = webhooks.secrets_of(hook, hook.created_at)
    assert secret in shown
    assert secret not in browser.get(url(hook, "change")).content.decode()
    assert secret not in hook.sealed_secret
    assert not LogEntry.objects.filter(change_message__contains=secret).exists()
    again = confirm(browser, hook, "new_secret", overlap="24").content.decode()
    assert secret not in again
    assert "the one before signs as well" in again


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "ftp://x", "https://ada:word@93.184.215.14/", "x" * 600])
def test_an_address_that_is_wrong_is_refused_with_why(forum, manager, settings, address):
    settings.PRIVATE_NETWORKS = []
    answer = add(log_in(manager), forum, address)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["url"]
    assert not Webhook.objects.exists()


def test_a_workspace_has_only_so_many(forum, other, manager):
    WebhookFactory.create_batch(webhooks.MOST_WEBHOOKS - 1, workspace=forum.workspace)
    WebhookFactory(workspace=other.workspace)
    browser = log_in(manager)
    assert add(browser, forum, "https://93.184.215.14/1").status_code == 302
    assert "at most 5" in add(browser, forum, "https://93.184.215.14/2").content.decode()


def test_a_ping_is_written_where_it_can_be_sent(forum, manager):
    browser, hook = log_in(manager), WebhookFactory(workspace=forum.workspace)
    assert said(confirm(browser, hook, "send_ping")) == ["It is sent within seconds."]
    assert (Delivery.objects.get().kind, Delivery.objects.get().webhook) == ("ping", hook)
    hook.enabled = False
    hook.save()
    assert said(confirm(browser, hook, "send_ping"))[1:] == ["It is disabled or has no secret."]
    assert Delivery.objects.count() == 1


def test_only_the_own_deliveries_are_sent_again_and_by_nobody_who_may_not(forum, other, manager):
    ended = {"status": "given_up", "ended_at": "2026-03-02T12:00Z", "attempts": 9}
    mine = DeliveryFactory(webhook__workspace=forum.workspace, **ended)
    theirs = DeliveryFactory(webhook__workspace=other.workspace, **ended)
    moderator = MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user
    act(log_in(moderator), mine, "resend")
    mine.refresh_from_db()
    assert mine.status == "given_up"
    browser = log_in(manager)
    browser.post(list_url(Delivery), {"action": "resend", "_selected_action": [mine.pk, theirs.pk]})
    for row in (mine, theirs):
        row.refresh_from_db()
    assert (mine.status, mine.attempts, theirs.status) == ("pending", 0, "given_up")


def test_a_delivery_shows_what_is_sent_and_what_came_of_it(forum, manager):
    delivery = DeliveryFactory(webhook__workspace=forum.workspace, body='{"type":"<b>"}', answer="answered 500: <i>")
    text = log_in(manager).get(url(delivery, "change")).content.decode()
    assert "&lt;b&gt;" in text
    assert "answered 500: &lt;i&gt;" in text
    assert f"msg_{delivery.message_id.hex}" in text
