from django.urls import re_path

from economy.api.leaderboards import LeaderboardView
from economy.api.reading import BalanceView, StatementView
from economy.api.transfers import TransfersView

# With and without the slash: a redirect would turn the POST into a GET and lose the transfer.
urlpatterns = [
    re_path(r"^api/economy/balance/?$", BalanceView.as_view(), name="balance"),
    re_path(r"^api/economy/leaderboard/?$", LeaderboardView.as_view(), name="leaderboard"),
    re_path(r"^api/economy/statement/?$", StatementView.as_view(), name="statement"),
    re_path(r"^api/economy/transfers/?$", TransfersView.as_view(), name="transfers"),
]
