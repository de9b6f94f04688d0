"""Settings: one file, environment variables, embedded services by default.

Whatever an operator may want to tune while Agora runs (rates, thresholds, patterns) is a row, not a setting.
"""

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.templatetags.static import static

from config import embedded, env
from config.sidebar import NAVIGATION

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")

DEBUG = env.flag("DEBUG", default=False)


def _secret_key() -> str:
    """SECRET_KEY from the environment, else one made once and kept in VAR_DIR, readable by its owner alone."""
    given = env.text("SECRET_KEY", "")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS = env.flag("BEHIND_TLS", default=False)
# Of one's own, one behind the other: each adds to X-Forwarded-For, and nothing before that is believed.
PROXIES = env.number("PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Addresses that operators enter lead to the public internet and to these (config/lib/addresses.py).
PRIVATE_NETWORKS = env.networks("PRIVATE_NETWORKS")
# How the country of people who agree is known (ingestion/places.py).
GEO_DATABASE = env.file("GEO_DATABASE")
GEO_COUNTRY_HEADER = env.text("GEO_COUNTRY_HEADER", "")
GEO_REGION_HEADER = env.text("GEO_REGION_HEADER", "")

INSTALLED_APPS = [
    "unfold",
    "config",
    "privacy",
    "ingestion",
    "analytics",
    "economy",
    "moderation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "django_pgviews",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.refuse_nul",
    # What comes after is for people: a door has no session, no messages and no form.
    "config.middleware.answer_doors",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
# A POST that Django answers with a redirect to the slashed URL loses its body without a word: both forms are routed.
APPEND_SLASH = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": env.postgres("DATABASE_URL", embedded.database_url(VAR_DIR))
    | {"CONN_MAX_AGE": env.number("DATABASE_CONNECTION_SECONDS", 600), "CONN_HEALTH_CHECKS": True}
}
# Real parameters instead of interpolated text: plans can be kept, and nothing is quoted by hand.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "application_name": "agora"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", embedded.redis_url(VAR_DIR))
# How long the live counters of what is stored are gathered before they are written (analytics/realtime.py).
LIVE_COUNTERS_MILLISECONDS = env.number("LIVE_COUNTERS_MILLISECONDS", 0)
# Whether the server that answers speaks sockets, so that pages open one; config.asgi says so itself.
LIVE_SOCKETS = env.flag("LIVE_SOCKETS", default=False)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
    }
}

# To PostgreSQL, of each fill of a workspace: as many cores it may keep busy.
FILL_CONNECTIONS = env.number("FILL_CONNECTIONS", 2, least=1)

# Days after which the rows of runs are deleted; 0 keeps them all.
RUN_KEEP_DAYS = env.number("RUN_KEEP_DAYS", 90)

# Reads over the API of one user, or with the keys of one source, an hour; 0 without a limit.
API_READS_PER_HOUR = env.number("API_READS_PER_HOUR", 1_000)
# Days after which records of them are deleted.
ACCESS_LOG_KEEP_DAYS = env.number("ACCESS_LOG_KEEP_DAYS", 365, least=30)

AUTH_USER_MODEL = "config.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
# Hours of the day as 00 to 23.
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files are served from the apps themselves, so that a fresh clone needs no collectstatic; WhiteNoise still asks
# for the folder.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["config.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# JWTs (config/tokens.py). Their key is derived, so that it is not that of sessions, and never too short.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.number("JWT_ACCESS_MINUTES", 15, least=1)),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=env.number("JWT_REFRESH_HOURS", 24, least=1)),
    "SIGNING_KEY": hashlib.sha256(b"jwt" + SECRET_KEY.encode()).hexdigest(),
    # They end when the password changes.
    "CHECK_REVOKE_TOKEN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Agora",
    "DESCRIPTION": "Community analytics that a team runs itself: events in, trustworthy numbers out.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # From this server, not from one of somebody else's.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.tell_limits",
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "writeKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "A write key of a source. Also taken as Basic user name, X-Write-Key header or "
                "`writeKey` in the body.",
            },
        }
    },
}

CELERY_BROKER_URL = embedded.celery_url(REDIS_URL)
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
# Otherwise beat adds a schedule of its own that cleans up results, of which there are none.
CELERY_RESULT_EXPIRES = None
# A task is taken off the queue when it has ended, so that a killed worker's task is run again.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Limits of one request to a door (docs/reference/limits.md).
INGEST_MAX_BODY_BYTES = 5 * 1024 * 1024
INGEST_MAX_PACKED_BYTES = 1024 * 1024
INGEST_MAX_EVENTS = 2_500
INGEST_MAX_EVENT_BYTES = 32 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_MAX_BODY_BYTES

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Agora",
    "SITE_HEADER": "Agora",
    "SITE_SUBHEADER": "Community analytics",
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    # There is no site beside the admin to return to.
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("config/favicon.svg")},  # noqa: ARG005 its form
    ],
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": NAVIGATION},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # It tells of every view at every migrate.
        "django_pgviews": {"level": "WARNING"},
    },
}
