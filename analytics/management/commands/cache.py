from datetime import timedelta
from typing import Any

import redis
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics import caching
from config.lib.commands import Command as BaseCommand

DAYS = caching.COUNTED_DAYS - 1


class Command(BaseCommand):
    help = f"Tell how many answers of the API were kept ones, by UTC day, of the last {DAYS} days."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.now().date()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        try:
            found = {day: caching.counts(day) for day in days}
        except redis.RedisError as error:
            raise CommandError(f"Redis cannot be asked: {error}") from None
        if options["json"]:
            self.answer(
                [
                    {"date": day, "hits": one.hits, "stale": one.stale, "misses": one.misses, "hit_rate": one.hit_rate}
                    for day, one in found.items()
                ]
            )
            return
        for day, one in found.items():
            rate = "      –" if one.hit_rate is None else f"{one.hit_rate:>7.1%}"
            self.stdout.write(f"{day}  {rate}  {one.hits:,} kept, {one.stale:,} meanwhile, {one.misses:,} read")
