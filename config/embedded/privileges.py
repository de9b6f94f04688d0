"""Running a command as somebody without root's rights: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.embedded.process import ServiceError, clean_environment


@dataclass(frozen=True)
class Account:
    """How commands are run: `prefix` goes before them, `user` to subprocess. Both empty: as ourselves."""

    uid: int
    gid: int
    prefix: list[str] = field(default_factory=list)
    user: dict[str, Any] = field(default_factory=dict)

    def run(self, command: list[str], *, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        """Runs to the end with output and errors in one text."""
        return subprocess.run(  # noqa: S603  the commands are our own
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=cwd,
            env=clean_environment(),
            check=False,
            **self.user,
        )

    def own(self, folder: Path) -> None:
        """Makes `folder` private to this account; ServiceError when it belongs to somebody else and we are not root."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != self.uid:
            if os.geteuid() != 0:
                raise ServiceError(
                    f"{folder} belongs to user id {folder.stat().st_uid}, not to this one. Start Agora as the user who "
                    f"made it, or point VAR_DIR to a folder of your own."
                )
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def account_for(data: Path, executable: Path) -> Account:
    """The account that runs `executable` on the folder `data`: ourselves, or when we are root, the folder's owner,
    and for a new folder `postgres` or `nobody`.

    ServiceError when that account cannot reach the binary or the folder.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    uid, gid = _service_user(data)
    for candidate in _candidates(uid, gid):
        if _reaches(candidate, data.parent, executable):
            return candidate
    blocked = _closed_folder(data.parent) or _closed_folder(executable) or data.parent
    raise ServiceError(
        f"PostgreSQL refuses to run as root, and user id {uid} cannot get through {blocked}. Install setpriv "
        f"(package util-linux), or start Agora as an ordinary user, or `chmod o+x {blocked}`, or set DATABASE_URL."
    )


def _service_user(data: Path) -> tuple[int, int]:
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ServiceError(
        "PostgreSQL refuses to run as root and this system has neither a user postgres nor a user nobody. "
        "Start Agora as an ordinary user, or set DATABASE_URL."
    )


def _candidates(uid: int, gid: int) -> Iterator[Account]:
    """From the fewest rights upward; the last one may also pass folders closed to it, as below a private home."""
    yield Account(uid, gid, user={"user": uid, "group": gid, "extra_groups": []})
    setpriv = shutil.which("setpriv")
    if setpriv:
        rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        prefix = [setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *rights]
        yield Account(uid, gid, prefix=prefix)


def _reaches(account: Account, folder: Path, executable: Path) -> bool:
    try:
        entered = account.run(
            ["/bin/sh", "-c", 'cd -- "$1" && exec "$2" --version', "sh", str(folder), str(executable)]
        )
    except OSError:
        return False
    return entered.returncode == 0


def _closed_folder(path: Path) -> Path | None:
    """The first folder on the way to `path` that a stranger may not pass."""
    return next((part for part in reversed(path.parents) if not part.stat().st_mode & 0o001), None)
