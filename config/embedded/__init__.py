"""PostgreSQL and Redis under one folder (VAR_DIR), so that a fresh clone needs no server of its own.

Settings import this package, so nothing here imports Django.

Who stops what: `start()` answers True when this call started the server and False when it found one running in that
folder. Whoever got True (or `Services`, which keeps count) stops it at the end; a server found running is used and
left running. `stop()` itself always stops, whoever started: that is what `manage.py services stop` asks for.
"""

from pathlib import Path
from urllib.parse import quote

from config.embedded.paths import postgres_sockets, redis_socket
from config.embedded.postgres import PORT, Postgres
from config.embedded.process import ServiceError
from config.embedded.redis import Redis
from config.embedded.services import Services

__all__ = ["Postgres", "Redis", "ServiceError", "Services", "celery_url", "database_url", "redis_url"]


def database_url(var_dir: Path) -> str:
    """postgresql:// URL of the embedded server; the port is spelled out because PGPORT would otherwise decide."""
    return f"postgresql://agora@/agora?host={quote(str(postgres_sockets(var_dir)))}&port={PORT}"


def redis_url(var_dir: Path) -> str:
    """unix:// URL of the embedded server, database 0."""
    return f"unix://{quote(str(redis_socket(var_dir)))}?db=0"


def celery_url(redis_url: str) -> str:
    """The same server as Celery's broker URL; URLs over TCP pass unchanged."""
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
