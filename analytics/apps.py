from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = "Analytics"

    def ready(self) -> None:
        from analytics import (  # noqa: F401 importing registers
            activation,
            arrival_metrics,
            clients,
            community_metrics,
            content_metrics,
            content_rollups,
            dashboard_declarations,
            engagement,
            features,
            field_nulls,
            funnel_days,
            levels,
            lifecycle_declarations,
            metric_declarations,
            people_groups,
            person_panel,
            platform_metrics,
            realtime,
            retention_metrics,
            schedules,
            small_groups,
            trending,
            wellbeing,
            wellbeing_metrics,
            wellbeing_platform,
        )
        from analytics.rollups import (  # noqa: F401 importing registers
            communities,
            declarations,
            groups,
            profiles,
            reopen,
            retention,
        )
        from config.sockets import SOCKETS
        from ingestion import sinks, versions, workspaces

        workspaces.CREATED.extend([funnel_days.create_default, features.create_defaults])
        versions.CHANGED.append(field_nulls.refill)
        SOCKETS.append("analytics.api.sockets")
        sinks.IN_TRANSACTION.append(reopen.touched_hours)
        sinks.AFTER_COMMIT.append(realtime.count)
        sinks.MOVED.append(realtime.recount)
        sinks.REMOVED.extend([reopen.removed, realtime.removed])
