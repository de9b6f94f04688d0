"""manage.py economy, as an operator or a script calls it."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from economy.models import RuleVersion
from tests.factories.config import WorkspaceFactory

from .village import Village, joined, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def economy(capsys):
    def call(*words, workspace="village"):
        call_command("economy", *words, "--workspace", workspace)
        return capsys.readouterr().out

    return call


@pytest.fixture
def village():
    return Village(mode="off", load=False)


def test_a_forum_begins_with_its_rules(village, economy):
    assert "8 rules were added" in economy("load", "--from", "2026-03-01")
    assert "0 rules were added" in economy("load")
    assert economy("mode", "rules").startswith("rules;")
    shown = economy("show", "--on", "2026-03-01")
    for words in (
        "mode: rules",
        "create_post@1            from 2026-03-01  post_created costs 5\n",
        "registration_bonus@1     from 2026-03-01  user_registered earns 100, once per person\n",
        "likes_1000@1             from 2026-03-01  1,000 people's like_given earn the author 350\n",
        "redemption@1             from 2026-03-01  points_redeemed costs 10,000, or what the event says\n",
    ):
        assert words in shown
    assert "none" in economy("show", "--on", "2026-02-28")


def test_a_change_is_another_version_from_a_day_on(village, economy):
    economy("load", "--from", "2026-03-01")
    said = economy("set", "create_post", "amount=7", "burn_percent=50", "--from", "2026-03-09", "--note", "dear")
    assert "create_post@2            from 2026-03-09  post_created costs 7, 50 % burned" in said
    amounts = {}
    for day in ("2026-03-08", "2026-03-09"):
        facts = json.loads(economy("show", "--on", day, "--json"))
        amounts[day] = next(rule["amount"] for rule in facts["rules"] if rule["key"] == "create_post")
    assert amounts == {"2026-03-08": 5, "2026-03-09": 7}
    history = [row for row in json.loads(economy("history", "--json")) if row["key"] == "create_post"]
    assert [(row["version"], row["note"]) for row in history] == [(2, "dear"), (1, "Default of a forum")]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["amount=0"], "amount: Ensure this value is greater than or equal to 1"),
        (["amount=-5"], "amount: Ensure this value is greater than or equal to 1"),
        (["amount=NaN"], "amount: “NaN” value must be an integer"),
        (["amount=Infinity"], "amount: “Infinity” value must be an integer"),
        (["amount=1e30"], "amount: “1e30” value must be an integer"),
        (["amount=1.5"], "amount: “1.5” value must be an integer"),
        ([f"amount={10**30}"], "amount: Ensure this value is less than or equal to 1000000000000"),
        (["amount=x"], "amount: “x” value must be an integer"),
        (["amount="], "amount: Say how many points"),
        (["event=nothing"], "event: There is no event type 'nothing' in this workspace"),
        (["event=points_transferred"], "a rule on it would answer itself"),
        (["effect=gift"], "effect: Value 'gift' is not a valid choice"),
        (["kind=reversal"], "kind: Value 'reversal' is not a valid choice"),
        (["colour=red"], "colour: A rule has no such field"),
        (["amount=5"], "That is what create_post is on"),
        (["amount"], "'amount' is not FIELD=VALUE"),
        (["effect=milestone"], "at_count: Say at how many people"),
        (["at_count=3"], "at_count: It means nothing for this effect"),
        (["burn_percent=101"], "burn_percent: Ensure this value is less than or equal to 100"),
        (["kind=redemption", "burn_percent=50"], "nothing of it is burned"),
        (["effect=reward", "kind=redemption"], "A redemption is paid by the person"),
        (["effect=refund", "amount=null", "refunds=nothing"], "There is no rule 'nothing' by which people pay"),
        (["cooldown_seconds=0"], "cooldown_seconds: Ensure"),
        (["enabled=perhaps"], "enabled: "),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_refused_in_a_line(village, economy, words, why):
    economy("load")
    with pytest.raises(CommandError, match=why.replace("(", r"\(").replace("+", r"\+")) as error:
        economy("set", "create_post", *words)
    assert "\n" not in str(error.value)
    assert RuleVersion.objects.filter(key="create_post").count() == 1


def test_a_workspace_without_the_events_of_a_forum_is_told_so(economy):
    WorkspaceFactory(slug="bare")
    with pytest.raises(CommandError, match="There is no event type 'user_registered' in this workspace"):
        economy("load", workspace="bare")
    assert not RuleVersion.objects.exists()


def test_days_are_looked_at_again(village, economy):
    village.send(joined("ada"), posted("ada", 1))
    days = ("again", "--from", "2026-03-01", "--to", "2026-03-01")
    assert "mode: off\nevents that wait: 0\n" in economy("show")
    with pytest.raises(CommandError, match="No events move points"):
        economy(*days)
    economy("load", "--from", "2026-03-01")
    economy("mode", "rules")
    assert "2 events wait\n2 events: 2 moved points, 0 were refused, 0 held back, 0 done before" in economy(*days)
    assert "2 events: 0 moved points, 0 were refused, 0 held back, 2 done before" in economy(*days)
    assert "0 events" in economy("apply")
    with pytest.raises(CommandError, match="--to comes before --from"):
        economy("again", "--from", "2026-03-02", "--to", "2026-03-01")
