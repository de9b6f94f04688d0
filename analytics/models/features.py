from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

# A bigint has a bit for each, its sign left alone.
MOST_FEATURES = 62


class Feature(models.Model):
    """Something that people can do in a community, and the events that say they did."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    key = models.SlugField(help_text="Short name used in commands and tables.")
    title = models.CharField(max_length=200)
    events = ArrayField(
        models.CharField(max_length=200),
        help_text="Event types; posts_created stands for every type that counts as it.",
    )
    bit = models.SmallIntegerField(editable=False, help_text="Its place in FeatureUse.features.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="feature_key_once"),
            models.UniqueConstraint(fields=["workspace", "bit"], name="feature_bit_once"),
            models.CheckConstraint(condition=Q(bit__gte=0, bit__lt=MOST_FEATURES), name="feature_bit_fits"),
        ]

    def __str__(self) -> str:
        return self.title


class FeatureUse(models.Model):
    """One row a person and day on which they were active: the features they used, a bit each."""

    pk = models.CompositePrimaryKey("person_id", "date")
    person_id = models.UUIDField()
    date = models.DateField(help_text="Day in the workspace's time zone.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    features = models.BigIntegerField(help_text="Sum of 2 to the power of Feature.bit of the features used.")

    class Meta:
        db_table = "feature_use_daily"
        ordering = ["date", "person_id"]
        verbose_name = "feature use of a day"
        verbose_name_plural = "feature use by day"
        indexes = [models.Index(fields=["workspace", "date"], name="feature_use_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class FeatureAdoption(models.Model):
    """One row a feature and bucket in which anybody was active, used or not."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "feature")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="First day of the bucket, in the workspace's time zone.")
    feature = models.CharField(max_length=50, help_text="Key of the feature.")
    people = models.IntegerField(help_text="Distinct active people who used it.")
    active_people = models.IntegerField(help_text="Distinct active people.")
    calculated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.feature} {self.date}"


class FeatureDaily(FeatureAdoption):
    """One row a feature and day on which anybody was active, used or not."""

    class Meta:
        db_table = "feature_daily"
        ordering = ["date", "feature"]


class FeatureWeekly(FeatureAdoption):
    """One row a feature and week, from Monday, in which anybody was active, used or not."""

    class Meta:
        db_table = "feature_weekly"
        ordering = ["date", "feature"]


class FeatureMonthly(FeatureAdoption):
    """One row a feature and month in which anybody was active, used or not."""

    class Meta:
        db_table = "feature_monthly"
        ordering = ["date", "feature"]
