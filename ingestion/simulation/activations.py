"""Activation sessions of the wellbeing programme: a mood, eight rounds, a mood again."""

from collections import defaultdict

from .draws import Lottery, happens, pause, scale, token
from .members import Member
from .rhythm import DAY_SECONDS
from .world import Session, World

ROUNDS = ("arrive", "breathe", "body", "gratitude", "affirm", "imagine", "intend", "close")
TYPES = Lottery({"morning": 62, "midday": 14, "evening": 24})
THEMES = ("confidence", "calm", "gratitude", "courage", "belonging", "focus")
TECHNIQUES = {"box": 16, "4_7_8": 19, "coherent": 10}
# Chance to give up in any one round, by persona.
GIVES_UP = {"power": 0.008, "regular": 0.02, "casual": 0.035, "lurker": 0.05, "churning": 0.06}


class Diary:
    """What the programme means to one member; days are numbered from 1970."""

    __slots__ = ("last_day", "streak", "usual_mood")

    def __init__(self, usual_mood: float) -> None:
        self.last_day = -1
        self.streak = 0
        self.usual_mood = usual_mood


class Practice:
    """Activation sessions and the streaks they make."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._diaries: defaultdict[int, Diary] = defaultdict(lambda: Diary(self._rng.gauss(5.4, 0.9)))

    def done_today(self, member: Member) -> bool:
        return self._diaries[member.index].last_day == self._today()

    def activation(self, member: Member) -> Session:
        """One activation session; it breaks off when the member gives up in a round."""
        rng = self._rng
        diary = self._diaries[member.index]
        about = {"activation_id": f"act_{token(rng, 12)}"}
        before = scale(rng, diary.usual_mood, 1.4)
        began = self._world.now
        yield "activation_started", {**about, "activation_type": TYPES.draw(rng), "planned_rounds": 8}, pause(rng, 8)
        yield "activation_mood_logged", {**about, "mood": before, "phase": "start"}, pause(rng, 10)
        theme = rng.choice(THEMES)
        affirmation = {"affirmation_id": f"aff_{theme}_{rng.randint(1, 12)}", "affirmation_category": theme}
        yield "activation_affirmation_selected", {**about, **affirmation}, pause(rng, 15)
        for number, name in enumerate(ROUNDS, start=1):
            if happens(rng, GIVES_UP[member.persona.name]):
                return
            seconds = round(rng.uniform(25, 80))
            done = {**about, "round": number, "round_name": name, "duration_seconds": seconds}
            yield "activation_round_completed", done, rng.uniform(25, 80)
            if name == "breathe" and happens(rng, 0.35):
                yield from self._breathe(about)
        yield from self._finish(diary, about, before, began)

    def _finish(self, diary: Diary, about: dict[str, str], before: int, began: float) -> Session:
        rng = self._rng
        after = scale(rng, before + 1.5 - 0.12 * (before - 5), 1.1)
        diary.usual_mood += 0.05 * (min(after, 8) - diary.usual_mood)
        yield "activation_mood_logged", {**about, "mood": after, "phase": "end"}, pause(rng, 6)
        self._extend_streak(diary)
        properties: dict[str, object] = {
            **about,
            "rounds_completed": len(ROUNDS),
            "start_mood": before,
            "end_mood": after,
            "mood_shift": after - before,
            "duration_seconds": max(0, round(self._world.now - began)),
            "streak_days": diary.streak,
        }
        yield "activation_completed", properties, pause(rng, 25)

    def _breathe(self, about: dict[str, str]) -> Session:
        technique, cycle_seconds = self._rng.choice(list(TECHNIQUES.items()))
        cycles = self._rng.randint(4, 10)
        seconds = cycles * cycle_seconds
        properties = {**about, "technique": technique, "cycles": cycles, "duration_seconds": seconds}
        yield "activation_breathwork_completed", properties, float(seconds)

    def _extend_streak(self, diary: Diary) -> None:
        today = self._today()
        if diary.last_day != today:
            diary.streak = diary.streak + 1 if diary.last_day == today - 1 else 1
            diary.last_day = today

    def _today(self) -> int:
        return int(self._world.now // DAY_SECONDS)
