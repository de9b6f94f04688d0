"""A share of the decisions is made once more by somebody else, who does not see the first."""

import threading
from dataclasses import replace

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from config.models import Role
from moderation import batches, numbers, policies, second_reviews
from moderation.decisions import Decision, decide
from moderation.models import Action, DeskSettings, SecondReview
from moderation.second_reviews import ReviewRefused
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.forum import NOW, Forum
from tests.moderation.test_decisions import DISMISS, REMOVE
from tests.pages import log_in

PAGE = "/admin/moderation/second/"


def share(forum, number):
    policies.ensure(forum.workspace.pk)
    DeskSettings.objects.filter(pk=forum.workspace.pk).update(second_review_share=number)


@pytest.fixture
def all_of_them(forum):
    share(forum, 1)
    return forum


def decided(forum, by, decision=REMOVE, post="p1"):
    """The second review of what was decided."""
    report = forum.report(post=post, key=post)
    action = decide(report.case_id, forum.workspace.pk, replace(decision, by=by, decided_at=timezone.now()))
    return SecondReview.objects.filter(action=action).first()


def test_the_share_is_a_row_and_who_decides_elsewhere_is_never_chosen(all_of_them):
    user = UserFactory()
    assert decided(all_of_them, user) is not None
    assert decided(all_of_them, None, post="p2") is None
    share(all_of_them, 0)
    assert decided(all_of_them, user, post="p3") is None


def test_it_is_never_put_before_whoever_decided(all_of_them, other):
    one, two = UserFactory(), UserFactory()
    review = decided(all_of_them, one)
    workspace_id = all_of_them.workspace.pk
    assert [list(second_reviews.waiting(workspace_id, user)) for user in (one, two)] == [[], [review]]
    with pytest.raises(ReviewRefused, match="Who made"):
        second_reviews.judge(review.pk, workspace_id, one, "warn")
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondReview.objects.update(by=one, verdict="warn", reviewed_at=timezone.now())
    with pytest.raises(ReviewRefused):
        second_reviews.judge(review.pk, other.workspace.pk, two, "warn")
    with pytest.raises(ReviewRefused, match="Choose"):
        second_reviews.judge(review.pk, workspace_id, two, "burn")
    second_reviews.judge(review.pk, workspace_id, two, "warn")
    with pytest.raises(ReviewRefused, match="faster"):
        second_reviews.judge(review.pk, workspace_id, UserFactory(), "warn")
    review.action.case.refresh_from_db()
    assert (review.action.case.status, list(second_reviews.waiting(workspace_id, UserFactory()))) == ("resolved", [])


def test_how_far_they_agree_is_in_the_numbers(all_of_them, other):
    share(other, 1)
    one, two = UserFactory(), UserFactory()
    # remove-remove twice, remove-warn, dismissed-dismissed: p_o = 3/4, p_e = (3*2 + 1*1) / 16.
    for number, (decision, verdict) in enumerate(
        [(REMOVE, "remove"), (REMOVE, "remove"), (REMOVE, "warn"), (DISMISS, "dismissed")]
    ):
        review = decided(all_of_them, one, decision, f"p{number}")
        second_reviews.judge(review.pk, all_of_them.workspace.pk, two, verdict)
    decided(all_of_them, one, post="waits still")
    second_reviews.judge(decided(other, one).pk, other.workspace.pk, two, "ban")
    agreed, differing = numbers.double_reviews(all_of_them.workspace, 30)
    assert (agreed.number, agreed.share, agreed.kappa) == (4, 0.75, pytest.approx(5 / 9))
    assert [(row.first, row.second, row.times) for row in differing] == [("Remove the content", "Warn the person", 1)]


def test_what_is_taken_back_is_looked_at_by_nobody(all_of_them):
    user, case = UserFactory(), all_of_them.report().case
    done = batches.decide([case.pk], all_of_them.workspace.pk, replace(REMOVE, by=user, decided_at=timezone.now()))
    assert SecondReview.objects.count() == 1
    batches.undo(done.batch, all_of_them.workspace.pk, user)
    assert SecondReview.objects.count() == 0


def test_the_page_does_not_tell_what_was_decided(all_of_them):
    first, second, analyst = (
        MemberFactory(workspace=all_of_them.workspace, role=role).user
        for role in (Role.MODERATOR, Role.MODERATOR, Role.ANALYST)
    )
    suspended = Decision(Action.Kind.SUSPEND, Action.Outcome.RESOLVED, NOW, reason="spam", days=3, note="Enough now")
    review = decided(all_of_them, first, suspended)
    desk = log_in(second)
    assert "Second looks: 1" in desk.get("/admin/moderation/queue/").content.decode()
    page = desk.get(PAGE).content.decode()
    assert "What would you do?" in page
    for word in ("Enough now", "Resolved", "Suspended", first.name, f"/queue/{review.action.case_id}/"):
        assert word not in page
    assert "Nothing waits" in log_in(first).get(PAGE).content.decode()
    for number, verdict, answer in (
        (review.pk, "", "Choose what you would do."),
        (review.pk + 1, "warn", "The decision was taken back."),
        (review.pk, "warn", "Noted. The case stays as it was decided."),
    ):
        assert answer in desk.post(PAGE, {"review": number, "verdict": verdict}, follow=True).content.decode()
    assert SecondReview.objects.get().verdict == "warn"
    assert desk.post(PAGE, {"review": "x", "verdict": "warn"}).status_code == 404
    assert log_in(analyst).get(PAGE).status_code == 403
    assert desk.get(PAGE, {"workspace": "nowhere"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_judge_at_once_one_is_taken():
    forum = Forum()
    share(forum, 1)
    review = decided(forum, UserFactory())
    users, refused = [UserFactory(), UserFactory()], []

    def judge(user):
        try:
            second_reviews.judge(review.pk, forum.workspace.pk, user, "warn")
        except ReviewRefused as why:
            refused.append(str(why))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=judge, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["Somebody else was faster"]
