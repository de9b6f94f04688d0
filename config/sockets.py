"""Modules whose `sockets` are the addresses of sockets there are (config.asgi); filled by the apps that have them."""

SOCKETS: list[str] = []
