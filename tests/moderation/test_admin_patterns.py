"""The pages of patterns and the command: what may be entered, what a pattern would have met, and what it has."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from config.lib.buckets import hour_start
from config.models import Role
from moderation import pattern_hits, patterns
from moderation.models import Pattern, PatternHit, PatternHour, Report
from tests.factories.config import MemberFactory
from tests.factories.moderation import PatternFactory
from tests.moderation.forum import NOW
from tests.pages import list_url, log_in, url

FORM = {
    "title": "Likes",
    "key": "likes",
    "per": "actor",
    "steps": "likes_given\n",
    "same": "",
    "window_seconds": "10m",
    "count": "3",
    "reason": "spam",
    "priority": "3",
}


@pytest.fixture
def manager(forum):
    return MemberFactory(workspace=forum.workspace, role=Role.COMMUNITY_MANAGER).user


@pytest.fixture
def likes(forum):
    """Three likes of ada within seconds, some minutes ago."""
    minute = (timezone.now() - NOW).total_seconds() / 60 - 5
    forum.send(*(("like_given", "ada", minute + n / 10, {"post_id": f"p{n}", "author_id": "bob"}) for n in range(3)))


def test_the_list_holds_the_shipped_ones_switched_off(forum, manager):
    text = log_in(manager).get(list_url(Pattern)).content.decode()
    for facts in patterns.DEFAULTS.values():
        assert facts["title"] in text
    assert not Pattern.objects.filter(enabled=True).exists()


def test_a_pattern_is_made_and_switched_on_which_says_since_when(forum, manager):
    browser, before = log_in(manager), timezone.now()
    answer = browser.post(f"{list_url(Pattern)}add/", FORM | {"workspace": forum.workspace.pk})
    assert answer.status_code == 302
    pattern = Pattern.objects.get(key="likes")
    assert (pattern.steps, pattern.same, pattern.window_seconds, pattern.enabled) == (["likes_given"], [], 600, False)
    answer = browser.post(url(pattern, "change"), FORM | {"enabled": "on"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    pattern.refresh_from_db()
    assert pattern.enabled
    assert before <= pattern.enabled_at <= timezone.now()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"steps": "like_givn"}, "steps"),
        ({"steps": "\n"}, "steps"),
        ({"window_seconds": "forever"}, "window_seconds"),
        ({"count": "1"}, "count"),
        ({"count": "-1"}, "count"),
        ({"count": "9" * 30}, "count"),
        ({"priority": "9"}, "priority"),
        ({"younger_than_days": "nan"}, "younger_than_days"),
        ({"distinct_by": "author"}, "distinct_by"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_at_its_field(forum, manager, given, field):
    answer = log_in(manager).post(f"{list_url(Pattern)}add/", FORM | {"workspace": forum.workspace.pk} | given)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert not Pattern.objects.filter(key="likes").exists()


def test_a_shipped_one_cannot_be_deleted_and_another_can(forum, manager):
    patterns.ensure(forum.workspace.pk)
    browser, own = log_in(manager), PatternFactory(workspace=forum.workspace)
    shipped = Pattern.objects.get(key="posted-again")
    assert browser.post(url(shipped, "delete"), {"post": "yes"}).status_code == 403
    assert browser.post(url(own, "delete"), {"post": "yes"}).status_code == 302
    assert Pattern.objects.filter(pk=shipped.pk).exists()


def history(pattern):
    return f"/admin/moderation/patterns/{pattern.pk}/history/"


def test_a_pattern_that_is_off_tells_what_it_would_have_met_and_reports_nothing(forum, other, manager, likes):
    pattern = PatternFactory(workspace=forum.workspace, count=3, window_seconds=60)
    browser = log_in(manager)
    answer = browser.get(history(pattern), {"days": "1"})
    (row,) = answer.context["rows"]
    assert (row["subject"], row["events"], row["people"], len(row["evidence"])) == ("ada", 3, 1, 3)
    assert not PatternHit.objects.exists()
    assert not Report.objects.exists()
    assert browser.get(history(PatternFactory(workspace=other.workspace))).status_code == 404
    broken = PatternFactory(workspace=forum.workspace, steps=["nothing_of_the_kind"])
    assert "No event type is called" in browser.get(history(broken), {"days": "'"}).content.decode()
    assert "Nothing" in browser.get(history(PatternFactory(workspace=forum.workspace))).content.decode()


def test_a_hit_shows_its_evidence_and_leads_to_its_case(forum, manager, likes):
    since = timezone.now() - timedelta(days=1)
    PatternFactory(workspace=forum.workspace, count=3, window_seconds=60, enabled=True, enabled_at=since)
    for hours in (0, 1):
        PatternHour.objects.create(workspace=forum.workspace, hour=hour_start(timezone.now()) - timedelta(hours=hours))
    assert pattern_hits.find(forum.workspace).found == 1
    hit, browser = PatternHit.objects.get(), log_in(manager)
    text = browser.get(url(hit, "change")).content.decode()
    for word in ("like_given", "ada", "p2", f"/admin/moderation/queue/{hit.report.case_id}/"):
        assert word in text
    assert f"/admin/moderation/queue/{hit.report.case_id}/" in browser.get(list_url(PatternHit)).content.decode()
    page = browser.get(f"/admin/moderation/queue/{hit.report.case_id}/").content.decode()
    assert f'<a href="{url(hit, "change")}">an abuse pattern</a>' in page


def run(*arguments):
    call_command("patterns", *arguments)


def test_the_command_tells_the_same_as_json_and_in_lines(forum, likes, capsys):
    PatternFactory(workspace=forum.workspace, key="mine", count=3, window_seconds=60)
    run("test", "mine", "--days", "1", "--workspace", "forum", "--json")
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["subject"], told["events"]) == ("ada", 3)
    run("test", "mine", "--workspace", "forum")
    assert "ada: 3 events by 1\n1 hits in 7 days." in capsys.readouterr().out
    run("list", "--workspace", "forum", "--json")
    assert len(json.loads(capsys.readouterr().out)) == len(patterns.DEFAULTS) + 1
    run("list", "--workspace", "forum")
    assert "posted-again                 off       0 hits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("test", "x"), r"no pattern 'x' \(there are: likes-from-few, .*posted-again"),
        (("test", "posted-again", "--days", "999"), "at most 366"),
    ],
    ids=str,
)
def test_the_command_refuses_with_why(forum, arguments, why):
    with pytest.raises(CommandError, match=why):
        run(*arguments, "--workspace", "forum")
