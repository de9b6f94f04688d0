"""What members hold in their hands."""

from typing import NamedTuple

from .draws import Lottery


class Device(NamedTuple):
    """A device and the client on it; `platform` is web, ios or android, `kind` desktop, mobile or tablet."""

    platform: str
    kind: str
    os_name: str
    os_version: str
    app_version: str
    user_agent: str


DEVICES = Lottery(
    {
        Device(
            "web",
            "desktop",
            "Windows",
            "10",
            "3.4.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Safari/537.36",
        ): 26,
        Device(
            "web",
            "desktop",
            "macOS",
            "14.5",
            "3.4.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
            "Safari/605.1.15",
        ): 12,
        Device(
            "web",
            "desktop",
            "Linux",
            "6.8",
            "3.4.0",
            "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        ): 5,
        Device(
            "web",
            "mobile",
            "Android",
            "14",
            "3.4.0",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
            "Safari/537.36",
        ): 9,
        Device("ios", "mobile", "iOS", "17.5", "2.11.3", "Community/2.11.3 (iPhone; iOS 17.5.1; Scale/3.00)"): 20,
        Device("ios", "tablet", "iPadOS", "17.4", "2.11.3", "Community/2.11.3 (iPad; iOS 17.4; Scale/2.00)"): 4,
        Device("android", "mobile", "Android", "14", "2.11.1", "Community/2.11.1 (Android 14; Pixel 8)"): 18,
        Device("android", "mobile", "Android", "13", "2.10.0", "Community/2.10.0 (Android 13; SM-A546B)"): 6,
    }
)
