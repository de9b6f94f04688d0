"""How fast dashboards are read: by 100 people at once, with nothing kept, and as a page in Chromium."""

import asyncio
import shutil
import statistics
import time
from datetime import timedelta

import httpx
from django.utils import timezone

from analytics.api.dashboards import addresses
from analytics.rollups import engine
from config import tokens
from config.lib.redis import client as redis
from config.models import Member, Role, Scope, User
from tests.bench import rollups
from tests.bench.report import figure, reset
from tests.servers import free_port, web

DAYS, PEOPLE = 90, 10_000
READERS, PAUSE_SECONDS, SECONDS = 100, 2.0, 40
ROUNDS = 3
PASSWORD = "only-of-this-bench"


def measure(events):
    """So many events of DAYS days; READERS people each ask for one dashboard after another."""
    reset()
    rollups.PEOPLE = PEOPLE
    workspace, day = rollups.begin(DAYS)
    for number in range(DAYS):
        rollups.write_day(workspace, day + timedelta(days=number), events // DAYS)
    rollups.analyse()
    started = time.perf_counter()
    fill = engine.bring_up_to_date(workspace)
    assert not fill.failed, fill.failed
    figure(f"fill of {DAYS} days of {events:,} events", time.perf_counter() - started, "", "s")
    logins = [_reader(workspace, number) for number in range(READERS)]
    # A week, a month, a quarter: what people look at, and no two readers the same at the same time.
    paths = [
        f"/api/dashboard/{name}?workspace={workspace.slug}&from={timezone.now().date() - timedelta(days=days)}"
        for days in (7, 30, 89)
        for name in addresses()
    ]
    port = free_port()
    with web(port):
        _cold(port, logins[0], paths)
        redis().flushdb()
        asyncio.run(_warm(port, logins, paths))
        _page(port, workspace)


def _reader(workspace, number):
    user = User.objects.create_user(f"reader-{number}@example.com", PASSWORD if number == 0 else None)
    Member.objects.create(workspace=workspace, user=user, role=Role.ADMIN)
    scopes = [Scope.READ_METRICS, Scope.READ_PEOPLE, Scope.READ_MODERATION]
    return tokens.issue(user, "bench", scopes, timezone.now() + timedelta(days=1))[1]


def _cold(port, login, paths):
    """One after another, with nothing kept in Redis."""
    spent = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {login}"}) as client:
        # What a process loads once.
        for path in paths[: len(paths) // 3] * 2:
            client.get(path, timeout=60)
        for _ in range(ROUNDS):
            redis().flushdb()
            for path in paths:
                started = time.perf_counter()
                answer = client.get(path, timeout=60)
                spent.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.text
                assert answer.headers["X-Cache"] == "miss", answer.headers
    figure("p95 of a dashboard with nothing kept", statistics.quantiles(spent, n=20)[18], "< 500", "ms")
    figure("median of a dashboard with nothing kept", statistics.median(spent), "", "ms")
    slowest = sorted(zip(spent, paths * ROUNDS, strict=True), reverse=True)[:3]
    print("  " + ", ".join(f"{path.split('?')[0].rsplit('/')[-1]} {took:.0f} ms" for took, path in slowest))


async def _warm(port, logins, paths):
    """READERS at once, each every PAUSE_SECONDS."""
    spent, how = [], []
    ends = time.perf_counter() + SECONDS

    async def read(client, number, login):
        await asyncio.sleep(PAUSE_SECONDS * number / READERS)
        turn = number
        while time.perf_counter() < ends:
            started = time.perf_counter()
            answer = await client.get(paths[turn % len(paths)], headers={"Authorization": f"Bearer {login}"})
            spent.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.text
            how.append(answer.headers["X-Cache"])
            turn += 1
            await asyncio.sleep(max(0, PAUSE_SECONDS - (time.perf_counter() - started)))

    limits = httpx.Limits(max_connections=READERS, max_keepalive_connections=READERS)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:
        await asyncio.gather(*(read(client, number, login) for number, login in enumerate(logins)))
    figure(f"p95 of a dashboard, {READERS} readers", statistics.quantiles(spent, n=20)[18], "< 100", "ms")
    figure(f"median of a dashboard, {READERS} readers", statistics.median(spent), "", "ms")
    figure("answers a second", len(spent) / SECONDS, "", "/s")
    figure("of which were kept", 100 * sum(one != "miss" for one in how) / len(how), "> 80", "%")


def _page(port, workspace):
    """The executive dashboard in Chromium, signed in, until its charts are drawn."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as played:
        browser = played.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/admin/")
        page.fill("[name=username]", "reader-0@example.com")
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        address = f"http://127.0.0.1:{port}/admin/dashboards/executive/?workspace={workspace.slug}"
        spent = []
        for _ in range(ROUNDS + 1):
            started = time.perf_counter()
            page.goto(address, wait_until="load")
            spent.append(time.perf_counter() - started)
        browser.close()
    figure("executive page in Chromium, median", statistics.median(spent[1:]), "< 1", "s")
