"""What members of the social app read and touch besides posts: pages, news, trends, searches, notifications."""

from .draws import Lottery, happens, pause, scale, token
from .members import Member
from .rhythm import DAY_SECONDS
from .world import Session, World

PAGES = Lottery({"/feed": 46, "/trending": 14, "/news": 14, "/communities": 12, "/messages": 8, "/settings": 6})
TABS = ("for-you", "following", "nearby", "communities")
SECTIONS = Lottery({"local": 34, "sports": 22, "politics": 16, "culture": 16, "science": 12})
PUBLISHERS = ("City Herald", "Morning Post", "The Observer", "Local Radio")
QUERIES = ("garden", "bike repair", "jobs", "concert", "dog walker", "recipe", "flat", "football", "photo walk")
MEASURES = Lottery({"lcp": 40, "ttfb": 30, "api_latency": 24, "cls": 6})
ERRORS = Lottery({"NetworkError": 52, "TypeError": 26, "TimeoutError": 16, "RangeError": 6})
NOTICES = Lottery({"like": 40, "comment": 24, "follow": 14, "message": 16, "system": 6})
FLAGS = ("new_composer", "dark_mode")
EXPERIMENT = "feed_ranking"
READING = Lottery({"news": 34, "trend": 26, "search": 22, "notice": 30})
BROWSING = Lottery({"page": 62, "tab": 20, "flag": 6, "experiment": 5, "error": 3})
ARTICLES_PER_DAY = 40


class Newsstand:
    """Short sequences of events that any visit may contain."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._reading = {"news": self._news, "trend": self._trend, "search": self._search, "notice": self._notice}
        self._browsing = {
            "page": self._page,
            "tab": self._tab,
            "flag": self._flag,
            "experiment": self._experiment,
            "error": self._error,
        }

    def read(self, member: Member) -> Session:
        yield from self._reading[READING.draw(self._rng)](member)

    def browse(self, member: Member) -> Session:
        yield from self._browsing[BROWSING.draw(self._rng)](member)

    def open_page(self, member: Member, path: str) -> Session:
        member.path = path
        yield "page_view", {"path": path, "title": path.strip("/").title()}, pause(self._rng, 7)

    def measure(self, _member: Member) -> Session:
        """Some page loads report how fast they were."""
        rng = self._rng
        if happens(rng, 0.25):
            measure = MEASURES.draw(rng)
            value = round(rng.lognormvariate(-3, 0.8), 3) if measure == "cls" else round(rng.lognormvariate(6.7, 0.5))
            unit = "score" if measure == "cls" else "ms"
            yield "performance_metric", {"metricName": measure, "value": value, "unit": unit}, 0.5

    def _page(self, member: Member) -> Session:
        rng = self._rng
        yield from self.open_page(member, PAGES.draw(rng))
        yield from self.measure(member)
        if happens(rng, 0.4):
            yield "scroll_depth", {"depth": scale(rng, 5.5, 2.6) * 10, "path": member.path}, pause(rng, 10)

    def _tab(self, _member: Member) -> Session:
        left, opened = self._rng.sample(TABS, 2)
        yield "tab_switch", {"fromTab": left, "toTab": opened}, pause(self._rng, 6)

    def _flag(self, member: Member) -> Session:
        flag = self._rng.choice(FLAGS)
        enabled = (member.index + len(flag)) % 3 == 0
        properties = {"flagKey": flag, "variant": "on" if enabled else "off", "enabled": enabled}
        yield "feature_flag_trigger", properties, 1.0

    def _experiment(self, member: Member) -> Session:
        variant = "treatment" if member.index % 2 else "control"
        yield "experiment_view", {"experimentId": EXPERIMENT, "variant": variant}, 1.0

    def _error(self, _member: Member) -> Session:
        kind = ERRORS.draw(self._rng)
        properties = {"errorType": kind, "message": f"{kind} while loading", "component": "feed", "severity": "medium"}
        yield "error_occurred", properties, pause(self._rng, 4)

    def _news(self, member: Member) -> Session:
        rng = self._rng
        day = int(self._world.now // DAY_SECONDS)
        article = {
            "articleId": f"news_{day}_{int(ARTICLES_PER_DAY * rng.random() ** 2)}",
            "source": rng.choice(PUBLISHERS),
            "category": SECTIONS.draw(rng),
        }
        member.path = "/news"
        yield "news_article_view", {**article, "durationMs": int(rng.lognormvariate(10.2, 0.9))}, pause(rng, 35)
        if happens(rng, 0.08 * member.persona.creates):
            yield "news_article_share", {**article, "method": rng.choice(("link", "repost", "message"))}, pause(rng, 8)

    def _trend(self, member: Member) -> Session:
        rng = self._rng
        member.path = "/trending"
        day = int(self._world.now // DAY_SECONDS)
        for _ in range(rng.randint(1, 3)):
            rank = scale(rng, 3, 3)
            item = {"itemId": f"trend_{day}_{rank}", "itemType": "hashtag", "rank": rank}
            yield "trending_item_view", item, pause(rng, 4)
            if happens(rng, 0.25):
                yield "trending_item_click", item, pause(rng, 14)

    def _search(self, member: Member) -> Session:
        rng = self._rng
        member.path = "/search"
        query, results = rng.choice(QUERIES), max(0, round(rng.gauss(14, 10)))
        yield "search_performed", {"query": query, "searchType": "all", "resultsCount": results}, pause(rng, 8)
        if results and happens(rng, 0.5):
            position = min(int(rng.expovariate(0.5)), results - 1)
            result = {"query": query, "resultId": f"res_{token(rng, 8)}", "resultType": "posts", "position": position}
            yield "search_result_click", result, pause(rng, 15)

    def _notice(self, _member: Member) -> Session:
        rng = self._rng
        notice = {"notificationId": f"n_{token(rng, 10)}", "notificationType": NOTICES.draw(rng)}
        yield "notification_view", notice, pause(rng, 4)
        if happens(rng, 0.45):
            delay = int(rng.lognormvariate(8, 0.8))
            yield "notification_click", {**notice, "timeToClickMs": delay}, pause(rng, 8)
