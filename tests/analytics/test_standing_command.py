"""`manage.py metric standing`, as a script reads it."""

import json
from io import StringIO

from django.core.management import call_command

from tests.analytics.community import Community, at

FILLS = ("activation_daily",)


def standing(*arguments, workspace="commons"):
    out = StringIO()
    call_command("metric", "standing", "--workspace", workspace, *arguments, stdout=out)
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


def test_one_person_on_any_day_and_how_many_stand_where(community):
    community.happens("user_signup", "ada", at(0))
    community.happens("post_created", "ada", at(2), properties={"post_id": "a"})
    community.happens("user_signup", "bob", at(30))
    Community("elsewhere")
    community.fill()

    ada = standing("--person", "ada", "--at", "2026-03-04", "--json")
    assert ada.pop("person_id") == str(community.person("ada"))
    assert ada == {
        "metric": "standing",
        "workspace": "commons",
        "date": "2026-03-04",
        "person": "ada",
        "signed_up_on": "2026-03-02",
        "last_on": "2026-03-04",
        "lifecycle": "engaged",
        "segment": "casual",
        "level": "casual",
        "activation_status": True,
        "activated_at": str(at(2)),
        "days_to_first_activity": 2,
    }
    nobody = standing("--person", "bob", "--at", "2026-03-04", "--json")
    assert (nobody["lifecycle"], nobody["activation_status"], nobody["activated_at"]) == (None, False, None)

    everybody = standing("--at", "2026-04-01", "--json")
    assert (everybody["people"], everybody["lifecycle"]["new"], everybody["lifecycle"]["engaged"]) == (2, 1, 1)
    assert everybody["segment"] == {"power": 0, "active": 0, "casual": 1, "at_risk": 1, "churned": 0}
    assert everybody["level"]["lurker"] == 1
    assert standing("--at", "2026-04-01", "--json", workspace="elsewhere")["people"] == 0
    assert "engaged 1, new 1" in standing("--at", "2026-04-01")
    assert "lifecycle" in standing("--person", "ada")
