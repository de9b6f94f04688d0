import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from privacy.purposes import Purpose


class Kind(models.TextChoices):
    TRACK = "track", "Track"
    PAGE = "page", "Page"
    SCREEN = "screen", "Screen"
    IDENTIFY = "identify", "Identify"
    GROUP = "group", "Group"
    ALIAS = "alias", "Alias"


class CountsAs(models.TextChoices):
    """The per-person count of metrics.md that an event of this type adds to."""

    POSTS_CREATED = "posts_created", "Posts created"
    COMMENTS_CREATED = "comments_created", "Comments created"
    LIKES_GIVEN = "likes_given", "Likes given"
    SHARES = "shares", "Shares"
    FOLLOWS_MADE = "follows_made", "Follows made"
    MESSAGES_SENT = "messages_sent", "Messages sent"
    PROFILE_VIEWS = "profile_views", "Profile views"
    NEWS_ARTICLES_VIEWED = "news_articles_viewed", "News articles viewed"
    TRENDING_ITEMS_VIEWED = "trending_items_viewed", "Trending items viewed"
    STORIES_VIEWED = "stories_viewed", "Stories viewed"
    MEDIA_UPLOADED = "media_uploaded", "Media uploaded"
    COMMUNITIES_JOINED = "communities_joined", "Communities joined"
    COMMUNITIES_LEFT = "communities_left", "Communities left"
    COMMUNITY_POSTS = "community_posts", "Community posts"
    POSTS_VIEWED = "posts_viewed", "Posts viewed"
    PAGES_VIEWED = "pages_viewed", "Pages viewed"
    COLLECTIONS_CREATED = "collections_created", "Collections created"
    VOTES_GIVEN = "votes_given", "Votes given"
    SIGNUPS = "signups", "Sign-ups"
    SAVES = "saves", "Saves of content"
    CONTENT_DELETED = "content_deleted", "Deletions of content"


# RFC 6901, without the pointer to the whole: ~ stands before 0 (for itself) or 1 (for a slash) only.
POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
POINTED = ("community_id", "object_author", "object_id", "value")


def validate_pointers(value: object) -> None:
    """A mapping of event field to a list of RFC 6901 pointers into the properties."""
    if not isinstance(value, dict) or not set(value) <= set(POINTED):
        raise ValidationError(f"Pointers are an object with keys among {', '.join(POINTED)}")
    for field, pointers in value.items():
        if not isinstance(pointers, list) or not all(isinstance(p, str) and p.startswith("/") for p in pointers):
            raise ValidationError(f'Pointers of {field} are a list of strings such as "/post_id"')
        for pointer in pointers:
            if not POINTER.fullmatch(pointer):
                raise ValidationError(f'"{pointer}" of {field}: after ~ comes 0 (for ~ itself) or 1 (for a slash)')
            if pointers.count(pointer) > 1:
                raise ValidationError(f'"{pointer}" stands twice in {field}')


class EventType(models.Model):
    """What may happen in a workspace. Types nobody declared are recorded as discovered."""

    # 4 bytes in every event instead of its name.
    id = models.AutoField(primary_key=True)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="event_types")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TRACK)
    category = models.CharField(
        max_length=50,
        default="user_action",
        help_text="People are active by events of any category but system, error and performance.",
    )
    description = models.TextField(blank=True)
    owner = models.CharField(max_length=100, blank=True)
    purpose = models.CharField("purpose of consent", max_length=20, choices=Purpose.choices, default=Purpose.ANALYTICS)
    object_type = models.CharField(max_length=50, blank=True)
    pointers = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_pointers],
        help_text='Which property fills object_id, object_author, community_id or value, e.g. {"object_id": ["/id"]}.',
    )
    counts_as = models.CharField(max_length=30, choices=CountsAs.choices, blank=True)
    discovered = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="event_type_name_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="event_type_kind_known"),
            models.CheckConstraint(condition=Q(counts_as__in=["", *CountsAs.values]), name="event_type_count_known"),
        ]

    def __str__(self) -> str:
        return self.name


class EventTypeVersion(models.Model):
    """A JSON Schema (2020-12) for the properties of an event type; the highest active version checks new events.

    Written by versions.py: a draft is edited, published once and retired once; what was published stays as it was.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    class Compatibility(models.TextChoices):
        BACKWARD = "backward", "What passed before passes still"
        NONE = "none", "Begins a new major"

    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField(default=1)
    major = models.PositiveSmallIntegerField(default=1, editable=False)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.DRAFT)
    compatibility = models.CharField(
        max_length=8, choices=Compatibility.choices, default=Compatibility.BACKWARD, editable=False
    )
    schema = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["event_type", "-version"]
        verbose_name = "version of an event type"
        verbose_name_plural = "versions of event types"
        constraints = [models.UniqueConstraint(fields=["event_type", "version"], name="version_once_per_type")]

    def __str__(self) -> str:
        return f"{self.event_type} v{self.version}"
