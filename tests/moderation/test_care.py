"""Care for moderators: media that nothing loads before it is asked for, minutes at cases, and breaks."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from config.models import Role
from moderation import care, media
from moderation.models import Case, DeskSettings, Exposure, Report
from tests.factories.config import MemberFactory
from tests.factories.moderation import CaseFactory
from tests.pages import list_url, log_in

PICTURE, VIDEO = "https://cdn.example/7.jpg?size=2", "https://video.example:8443/8.mp4"


@pytest.fixture
def moderator(forum):
    return MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user


@pytest.fixture
def desk(moderator):
    return log_in(moderator)


def page(case):
    return reverse("admin:moderation_case", args=[case.pk])


class TestMedia:
    @pytest.mark.parametrize("url", [PICTURE, VIDEO, "https://a.b/" + "c" * 1_900, "https://CDN.example/"])
    def test_these_are_addresses(self, url):
        assert media.is_address(url)

    @pytest.mark.parametrize(
        "url",
        [
            *("", None, 7, "http://cdn.example/7", "javascript:alert(1)", "data:image/png;base64,", "https://"),
            *("https://ada:word@cdn.example/7", "https://cdn.example; script-src *", "https://cdn.example/a b"),
            *(
                "https://cdn.example",
                "https://cdn.example/'",
                "https://-x/",
                "https://[::1]/",
                "https://c/" + "d" * 2_000,
            ),
            "https://cdn.example,*/7",
        ],
        ids=lambda url: str(url)[:30],
    )
    def test_these_are_none(self, url):
        assert not media.is_address(url)

    def test_nothing_is_loaded_before_it_is_asked_for_and_then_only_from_where_it_is(self, forum, desk):
        case = forum.report(media=(PICTURE, VIDEO)).case
        forum.report("cleo", media=(PICTURE,))
        before = desk.get(page(case))
        text = before.content.decode()
        assert "cdn.example" not in text
        assert "Pictures and videos: 2" in text
        assert "img-src 'self' data: ; media-src 'self' ;" in before["Content-Security-Policy"]
        after = desk.get(page(case), {"media": "shown"})
        text = after.content.decode()
        assert '<div class="agora-media is-blurred is-gray">' in text
        assert f'<img src="{PICTURE}" alt="Picture 1" referrerpolicy="no-referrer">' in text
        assert f'<video src="{VIDEO}" controls preload="none"' in text
        origins = "https://cdn.example https://video.example:8443"
        assert f"img-src 'self' data: {origins}; media-src 'self' {origins};" in after["Content-Security-Policy"]

    def test_a_moderator_may_want_them_otherwise_and_others_are_not_asked(self, forum, desk, moderator):
        case = forum.report(media=(PICTURE,)).case
        desk.post("/admin/moderation/queue/", {"do": "prefer", "grayscale": "on"})
        assert '<div class="agora-media is-gray">' in desk.get(page(case), {"media": "shown"}).content.decode()
        colleague = MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user
        answer = log_in(colleague).get(page(case), {"media": "shown"})
        assert '<div class="agora-media is-blurred is-gray">' in answer.content.decode()

    def test_a_case_without_any_says_nothing_of_it(self, forum, desk):
        assert "Pictures and videos" not in desk.get(page(forum.report().case)).content.decode()

    def test_they_come_by_events_of_which_what_is_no_address_is_left_out(self, forum):
        told = {"report_id": "r1", "content_type": "post", "content_id": "p1", "reason": "nsfw"}
        forum.send(("report_submitted", "ada", 0, told | {"media_urls": [PICTURE, "http://x/", *[VIDEO] * 20]}))
        forum.take()
        report = Report.objects.get()
        assert (report.media[:2], len(report.media)) == ([PICTURE, VIDEO], media.MOST_MEDIA)
        assert [one.is_video for one in media.media_of(report.case)] == [False, True]


def earlier(case, user, start, end, beats=1):
    """A time at a case, from and until so many minutes ago."""
    now = timezone.now()
    return Exposure.objects.create(
        workspace=case.workspace,
        case=case,
        user=user,
        started_at=now - timedelta(minutes=start),
        seen_at=now - timedelta(minutes=end),
        beats=beats,
    )


def minutes(row):
    row.refresh_from_db()
    return round((row.seen_at - row.started_at).total_seconds() / 60)


class TestMinutes:
    def test_a_page_that_says_it_is_looked_at_is_counted_as_long_as_it_says_so(self, forum, desk, moderator):
        case = forum.report().case
        desk.get(page(case))
        span = Exposure.objects.get()
        assert (span.user, span.case, span.beats) == (moderator, case, 0)
        answer = desk.post(page(case), {"do": "beat"})
        assert json.loads(answer.content) == {"break": False}
        span.refresh_from_db()
        assert span.beats == 1
        # It was last looked at three minutes ago: what comes now is another time.
        Exposure.objects.update(
            started_at=timezone.now() - timedelta(minutes=9), seen_at=timezone.now() - timedelta(minutes=3)
        )
        desk.post(page(case), {"do": "beat"})
        assert Exposure.objects.count() == 2
        assert minutes(span) == 6

    def test_without_javascript_it_is_from_opening_to_deciding(self, forum, desk, moderator):
        case = forum.report().case
        desk.post(page(case), {"do": "claim"})
        Exposure.objects.all().delete()
        span = earlier(case, moderator, 7, 7, beats=0)
        desk.post(page(case), {"do": "decide", "dismiss": "on"})
        assert minutes(span) == 7
        assert Exposure.objects.count() == 1

    def test_whoever_may_only_look_at_the_admin_is_not_counted(self, forum):
        case = forum.report().case
        outsider = MemberFactory(role=Role.MODERATOR).user
        assert log_in(outsider).post(page(case), {"do": "beat"}).status_code == 404
        assert not Exposure.objects.exists()

    def test_everybody_sees_their_own_and_managers_all(self, forum, desk, moderator):
        colleague = MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user
        manager = MemberFactory(workspace=forum.workspace, role=Role.COMMUNITY_MANAGER).user
        case = CaseFactory(workspace=forum.workspace)
        for user in (moderator, colleague):
            earlier(case, user, 5, 1)
        seen = desk.get(list_url(Exposure)).content.decode()
        assert (moderator.email in seen, colleague.email in seen) == (True, False)
        assert colleague.email in log_in(manager).get(list_url(Exposure)).content.decode()


class TestBreaks:
    @pytest.mark.parametrize(
        ("spans", "since_break", "needs_break"),
        [
            ([], 0, False),
            ([(30, 10), (9, 0)], 29, False),
            ([(60, 30), (25, 5)], 50, True),
            ([(90, 40), (20, 5)], 15, False),
            ([(60, 11)], 0, False),
        ],
        ids=str,
    )
    def test_minutes_since_the_last_break_are_added_up(self, forum, moderator, spans, since_break, needs_break):
        case = CaseFactory(workspace=forum.workspace)
        for start, end in spans:
            earlier(case, moderator, start, end)
        standing = care.standing(forum.workspace.pk, moderator)
        assert (standing.since_break, standing.needs_break) == (since_break, needs_break)

    def test_the_desk_reminds_of_it_as_its_row_says(self, forum, desk, moderator):
        case = CaseFactory(workspace=forum.workspace)
        earlier(case, moderator, 50, 0)
        for address in ("/admin/moderation/queue/", page(case)):
            text = desk.get(address).content.decode()
            assert 'role="status">You have looked at cases for 50 minutes. Take a break of 10 minutes' in text, address
        assert json.loads(desk.post(page(case), {"do": "beat"}).content) == {"break": True}
        DeskSettings.objects.update(break_after_minutes=0)
        assert 'role="status" hidden>' in desk.get(page(case)).content.decode()

    def test_a_colleague_is_not_reminded(self, forum, moderator):
        case = CaseFactory(workspace=forum.workspace)
        earlier(case, moderator, 60, 0)
        colleague = MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user
        assert not care.standing(forum.workspace.pk, colleague).needs_break
        assert Case.objects.count() == 1
