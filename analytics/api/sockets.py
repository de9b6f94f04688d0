"""Addresses of sockets; they stand beside the addresses of requests, not among them."""

from typing import Any

from django.urls import re_path

from analytics.api.live_socket import LiveSocket

sockets: list[Any] = [re_path(r"^(api|ws)/realtime/metrics/?$", LiveSocket.as_asgi())]
