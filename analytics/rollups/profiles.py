"""What profiles hold (metrics.md 5): the entries that come as events, and the rules by which a profile is complete."""

from analytics.definitions import DEFINITIONS, Definition
from analytics.profile_rules import COMPLETION, USER_TYPE
from analytics.rollups.rollup import ROLLUPS, Rollup

DEFINITIONS.register(
    Definition(
        key="profile_completion",
        title="Profile completion",
        help="Points for each part of a profile; a headline counts that is longer than so many characters. Profiles of "
        "at least so many points are completed.",
        default=COMPLETION,
    ),
    Definition(
        key="user_type",
        title="User type",
        help="The trait that says of which type a person is; people without it are of type unknown.",
        default=USER_TYPE,
    ),
)

ROLLUPS.register(
    Rollup(
        key="profile_entries_daily",
        title="Experiences and educations of each person by day",
        table="profile_entries_daily",
        grain="day",
        reads_events=True,
        event_types={
            f"{entry}_{done}": tuple(f"{entry}_{word}" for word in words)
            for entry in ("experience", "education")
            for done, words in (("added", ("added", "created")), ("removed", ("removed", "deleted")))
        },
    )
)
