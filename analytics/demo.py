"""What `make demo` shows: a real forum and three simulated communities, loaded once and kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_app
from django.utils import timezone

from analytics import realtime
from analytics.rollups import engine
from config import runs
from config.models import Member, Role, User, Workspace
from ingestion import keys, workspaces
from ingestion.importers import import_envelopes, import_file
from ingestion.models import Event, Source, WriteKey
from ingestion.simulation import history

SAMPLES = Path(__file__).resolve().parents[1] / "ingestion" / "samples"
# Slug -> (name, time zone, days of simulated past). The forum's past is real.
COMMUNITIES = {
    "forum": ("Statistics forum", "UTC", 0),
    "wellbeing": ("Wellbeing app", "Europe/Vienna", 60),
    "social": ("Social network", "Asia/Kathmandu", 60),
    "network": ("Professional network", "America/New_York", 60),
}
# As in deploy/Procfile, so that live traffic comes from the same people.
MEMBERS = 300
EMAIL = "admin@agora.example"
SEED = 1
RECOUNT_SECONDS = 120
Say = Callable[[str], None]
# What other rooms make of a community: of its past, before it is counted, and of what was counted.
PAST_LOADED: list[Callable[[Workspace], object]] = []
COUNTED: list[Callable[[Workspace], object]] = []


@dataclass(slots=True)
class DemoState:
    """What the demo has to remember between starts: its secrets, and what is loaded. Kept in VAR_DIR/demo.json."""

    password: str = ""
    write_keys: dict[str, str] = field(default_factory=dict)
    server_keys: dict[str, str] = field(default_factory=dict)
    # When the simulated past of a community ends; fixed before it is written, so that a killed start goes on with it.
    past_ends: dict[str, str] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> DemoState:
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        fresh.replace(path)


def load(path: Path, say: Say) -> DemoState:
    """Whatever of the demo is not there yet; a start that was killed goes on where it stopped."""
    state = DemoState.read(path)
    _ensure_user(state)
    state.write(path)
    for slug in COMMUNITIES:
        workspace = _ensure_workspace(slug, state)
        state.past_ends.setdefault(slug, timezone.now().isoformat())
        state.write(path)
        if slug in state.loaded:
            continue
        say(f"Loading {workspace.name} ...")
        with runs.recorded("analytics.demo", workspace=workspace, wait=timedelta(minutes=10)) as recorder:
            recorder.rows_out = _load_past(workspace, datetime.fromisoformat(state.past_ends[slug]))
            for load_more in PAST_LOADED:
                load_more(workspace)
        with runs.recorded("analytics.fill", workspace=workspace, wait=timedelta(minutes=10)) as recorder:
            fill = engine.bring_up_to_date(workspace, recorder=recorder)
            recorder.rows_in = fill.buckets
            if fill.failed:
                raise RuntimeError(f"The rollups of {workspace.slug} could not be filled: {fill.failed}")
        realtime.rebuild(workspace)
        for look in COUNTED:
            look(workspace)
        state.loaded.append(slug)
        state.write(path)
        # The truth meter has something to say before its first night; one after the other, as the demo has two workers.
        countdown = RECOUNT_SECONDS * (1 + len(state.loaded))
        current_app.send_task("analytics.recount", kwargs={"workspace": slug}, countdown=countdown)
    return state


def _ensure_user(state: DemoState) -> None:
    user = User.objects.filter(email=EMAIL).first()
    if user is None or not state.password:
        state.password = state.password or secrets.token_urlsafe(9)
        user = user or User.objects.create_superuser(EMAIL, name="Demo admin")
        user.set_password(state.password)
        user.save()


def _ensure_workspace(slug: str, state: DemoState) -> Workspace:
    name, time_zone, _ = COMMUNITIES[slug]
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        created = workspaces.create(slug, name=name, time_zone=time_zone, systems=(slug,))
        workspace = created.workspace
        state.write_keys[slug], state.server_keys[slug] = created.write_key, created.server_key
    elif slug not in state.write_keys:
        # The last start was killed between the two: the keys it made are known to nobody.
        source = Source.objects.get(workspace=workspace, name=workspaces.DEFAULT_SOURCE)
        _, state.write_keys[slug] = keys.rotate(source, WriteKey.Scope.CLIENT, overlap=timedelta(0))
        _, state.server_keys[slug] = keys.rotate(source, WriteKey.Scope.SERVER, overlap=timedelta(0))
    user = User.objects.get(email=EMAIL)
    Member.objects.get_or_create(user=user, workspace=workspace, role=Role.ADMIN)
    return workspace


def _load_past(workspace: Workspace, end: datetime) -> int:
    """Events stored. The forum's sample ends up to a week ago, to keep its weekdays; the days since are simulated."""
    _, _, days = COMMUNITIES[workspace.slug]
    stored = 0
    if workspace.slug == "forum":
        for name in ("forum_posts", "forum_users"):
            stored += import_file(workspace, SAMPLES / f"{name}.csv.gz", mapping="forum", rebase=True).accepted
        last = Event.objects.filter(workspace=workspace, source__name="Import").latest("occurred_at").occurred_at
        # Rounded up, so that no day between the two is half empty.
        days = -((last - end) // timedelta(days=1))
    if days:
        past = history(workspace.slug, seed=SEED, days=days, end=end, members=MEMBERS)
        stored += import_envelopes(workspace, past, source_name="Simulation").accepted
    return stored
