"""The points of forum members, as far as their behaviour depends on them."""

POST_COST = 5
COMMENT_COST = 2
LIKE_COST = 1
REGISTRATION_POINTS = 100
MILESTONES = {10: 3, 100: 30, 1000: 350}
REDEMPTION_POINTS = 10_000
REDEMPTION_BNB = 0.01
LEVELS = (
    (0, "new_user"),
    (100, "active_user"),
    (500, "trusted_user"),
    (2000, "moderator"),
    (10_000, "senior_moderator"),
)


class Purse:
    """Points to spend, and experience, which only grows and decides the level."""

    __slots__ = ("experience", "level", "points")

    def __init__(self, experience: int = 0) -> None:
        self.points = REGISTRATION_POINTS
        self.experience = experience
        self.level = self._earned_level()

    def spend(self, points: int) -> bool:
        """Take the points if there are enough."""
        if self.points < points:
            return False
        self.points -= points
        return True

    def promotion(self) -> tuple[str, str] | None:
        """Level before and after, once for each level reached."""
        earned = self._earned_level()
        if earned == self.level:
            return None
        before, self.level = self.level, earned
        return LEVELS[before][1], LEVELS[earned][1]

    def _earned_level(self) -> int:
        return sum(self.experience >= least for least, _ in LEVELS) - 1
