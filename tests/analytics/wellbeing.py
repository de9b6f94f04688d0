"""What members of a wellbeing community do, told in one call each."""

import itertools
from datetime import timedelta

from analytics.models import UserWellbeingDaily
from tests.analytics.community import at

_numbers = itertools.count(1)


def practises(community, who, day, start=4, end=8, *, clock="08:00", minutes=15, rounds=8, zone=None, received=None):
    """An activation session; end None: broken off after the start."""
    began = at(day, clock) if zone is None else at(day, clock, zone)
    about = {"activation_id": f"act-{next(_numbers)}"}
    community.happens("activation_started", who, began, properties=about, received=received)
    if end is not None:
        done = {**about, "rounds_completed": rounds, "start_mood": start, "end_mood": end}
        finished = began + timedelta(minutes=minutes)
        community.happens("activation_completed", who, finished, properties=done, received=received)
    return about["activation_id"]


def acts(community, who, day, scope, score=None, **more):
    properties = {"microact_id": f"ma-{next(_numbers)}", "category": "kindness", "impact_scope": scope, **more}
    if score is not None:
        properties["value_added_score"] = score
    community.happens("microact_created", who, at(day, "09:00"), properties=properties)
    return properties["microact_id"]


def in_wave(community, who, day, name, wave="w1", **properties):
    community.happens(name, who, at(day, "18:00"), properties={"wave_id": wave, **properties})


def wellbeing(community, who, day, *, excluded=False):
    """The row of a person and day, or None."""
    return UserWellbeingDaily.objects.filter(
        workspace=community.workspace, person_id=community.person(who), date=at(day).date(), excluded=excluded
    ).first()


def indices(community, who, day):
    """Flourish and add-value index as they are shown; 0.00 each on a day without a row."""
    row = wellbeing(community, who, day)
    return ("0.00", "0.00") if row is None else (str(row.flourish_index), str(row.add_value_index))


def streaks(community, who, days):
    """The streak of each day, 0 where there is no row."""
    found = [wellbeing(community, who, day) for day in days]
    return [0 if row is None else row.streak for row in found]
