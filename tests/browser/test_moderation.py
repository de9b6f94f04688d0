"""The desk in a real Chromium: two moderators at one queue, by keyboard; light, dark and narrow."""

from base64 import b64decode
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from analytics.rollups import engine
from config.models import Role
from moderation import policies
from moderation.decisions import Decision, decide
from moderation.metrics import ROLLUP
from moderation.models import Action, Case, DeskSettings, SecondReview
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.forum import Forum

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def forum():
    """A forum in which three posts and a person are reported, with words and without."""
    forum, now = Forum(), timezone.now()
    forum.report("ada", post="p1", submitted_at=now - timedelta(hours=3))
    forum.report("cleo", post="p1", reason="self_promotion", text="Sells the same watch in every thread.")
    forum.report("ada", post="p2", reason="violence", text="He says he knows where I live.", submitted_at=now)
    forum.report("dan", post="p3", reason="nsfw", author="eve", submitted_at=now)
    forum.report("dan", post="bob", target="person", content_type="", reason="harassment", submitted_at=now)
    return forum


@pytest.fixture
def moderators(forum):
    return [
        MemberFactory(workspace=forum.workspace, role=Role.MODERATOR, user=UserFactory(password=PASSWORD)).user
        for _ in range(2)
    ]


@pytest.fixture
def desk(page, moderators):
    log_in(page, moderators[0])
    page.wait_for_url("**/dashboards/**")
    page.goto("/admin/moderation/queue/")
    return page


@pytest.fixture
def other_desk(chromium, live_server, desk, moderators):
    """The second moderator's window."""
    context = chromium.new_context(base_url=live_server.url)
    window = context.new_page()
    log_in(window, moderators[1])
    window.wait_for_url("**/dashboards/**")
    window.goto("/admin/moderation/queue/")
    yield window
    context.close()


def case_of(window):
    window.wait_for_url("**/moderation/queue/*/")
    return int(window.url.rstrip("/").rsplit("/", 1)[1])


def test_two_moderators_work_the_same_queue_by_keyboard_and_never_meet(desk, other_desk, moderators, troubles):
    for window in (desk, other_desk):
        window.keyboard.press("n")
    cases = case_of(desk), case_of(other_desk)
    if Case.objects.get(pk=cases[1]).target_id == "p2":
        # Both asked at once, and the second came first.
        desk, other_desk, moderators, cases = other_desk, desk, moderators[::-1], cases[::-1]
    assert [Case.objects.get(pk=pk).target_id for pk in cases] == ["p2", "bob"]

    other_desk.goto(f"/admin/moderation/queue/{cases[0]}/")
    expect(other_desk.get_by_role("status")).to_contain_text("is looking at it")
    expect(other_desk.get_by_role("button", name="Dismiss")).to_have_count(0)

    desk.locator("[data-key='4']").wait_for()
    desk.keyboard.press("4")
    expect(desk.locator("[name=kind]:checked")).to_have_value("remove")
    desk.keyboard.press("w")
    desk.keyboard.type("A threat, dnr1")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Enter")
    desk.wait_for_url(lambda url: f"/{cases[0]}/" not in url)
    decided = Action.objects.get()
    assert (decided.kind, decided.note, decided.by) == ("remove", "A threat, dnr1", moderators[0])
    assert Case.objects.get(pk=case_of(desk)).target_id == "p3"

    other_desk.goto(f"/admin/moderation/queue/{cases[1]}/")
    other_desk.keyboard.press("d")
    other_desk.wait_for_url("**/moderation/queue/?*")
    assert Case.objects.get(pk=cases[1]).status == "dismissed"
    other_desk.get_by_role("button", name="Take back").click()
    expect(other_desk.get_by_role("button", name="Take back")).to_have_count(0)
    assert Case.objects.get(pk=cases[1]).status == "pending"
    assert troubles == []


def test_a_second_look_is_taken_by_keyboard_and_does_not_say_what_was_decided(desk, forum, moderators, troubles):
    second_look(forum)
    desk.goto("/admin/moderation/queue/")
    desk.get_by_role("link", name="Second looks: 1").click()
    expect(desk.locator("main, body").first).not_to_contain_text("Hidden")
    desk.keyboard.press("3")
    expect(desk.locator("[name=verdict]:checked")).to_have_value("hide")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Nothing waits")).to_be_visible()
    assert list(SecondReview.objects.values_list("verdict", "by")) == [("hide", moderators[0].pk)]
    assert troubles == []


def test_several_cases_are_chosen_and_decided(desk, troubles):
    for name in ("post p1", "post p3"):
        desk.get_by_label(f"Choose {name}").check()
    desk.get_by_label("What to do").select_option("hide")
    desk.get_by_role("button", name="Decide on the chosen").click()
    expect(desk.locator("tbody tr")).to_have_count(2)
    assert set(Action.objects.values_list("kind", "case__target_id")) == {("hide", "p1"), ("hide", "p3")}
    assert troubles == []


def second_look(forum):
    """Somebody else has decided p3, and the desk's moderator is to do so once more."""
    policies.settings_of(forum.workspace.pk)
    DeskSettings.objects.update(second_review_share=1)
    case, by = Case.objects.get(target_id="p3"), UserFactory()
    decide(
        case.pk,
        forum.workspace.pk,
        Decision(Action.Kind.HIDE, Action.Outcome.RESOLVED, decided_at=timezone.now(), by=by),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(desk, forum, troubles, scheme):
    desk.emulate_media(color_scheme=scheme)
    desk.set_viewport_size({"width": 390, "height": 844})
    case = Case.objects.get(target_id="p1")
    second_look(forum)
    assert not engine.bring_up_to_date(forum.workspace, only=[ROLLUP]).failed
    desk_pages = ("queue/", f"queue/{case.pk}/", "second/", "numbers/")
    for address in (f"/admin/moderation/{page}" for page in desk_pages):
        desk.goto(address)
        desk.wait_for_load_state("networkidle")
        assert desk.evaluate("document.documentElement.scrollWidth") <= 390, address
    # Chart.js gives a canvas that it has drawn on a size of its own.
    expect(desk.locator("canvas[style*=width]")).to_have_count(3)
    desk.goto(f"/admin/moderation/queue/{case.pk}/")
    desk.get_by_role("button", name="Take this case").click()
    desk.get_by_role("button", name="Dismiss").wait_for()
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    assert troubles == []


PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==")


def test_pictures_are_loaded_when_asked_for_and_cleared_by_keyboard(desk, forum, troubles):
    forum.report("gus", post="p1", media=("https://cdn.example/7.png",))
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(body=PIXEL, content_type="image/png")

    desk.route("https://*.example/**", answer)
    case = Case.objects.get(target_id="p1")
    desk.goto(f"/admin/moderation/queue/{case.pk}/")
    desk.get_by_role("heading", name="Pictures and videos: 1").wait_for()
    # Even a script cannot load what is not asked for.
    refused = "new Promise((done) => { const one = new Image(); one.onload = () => done(false); "
    refused += "one.onerror = () => done(true); one.src = 'https://cdn.example/other.png'; })"
    assert desk.evaluate(refused)
    assert asked == []
    assert all("Content Security Policy" in one or "csp" in one for one in troubles)
    troubles.clear()

    desk.keyboard.press("v")
    picture = desk.get_by_alt_text("Picture 1")
    picture.wait_for()
    desk.wait_for_load_state("networkidle")
    assert asked == ["https://cdn.example/7.png"]
    assert picture.evaluate("one => one.naturalWidth") == 1
    assert picture.evaluate("one => getComputedStyle(one).filter") == "blur(24px) grayscale(1)"
    desk.keyboard.press("b")
    assert picture.evaluate("one => getComputedStyle(one).filter") == "none"
    desk.keyboard.press("v")
    expect(picture).to_have_count(0)
    assert troubles == []
