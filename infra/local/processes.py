"""The processes of one workdir: started apart from whoever starts them, found again by a mark in their environment.

The mark, not a file with process ids, says which processes are a workdir's: it survives a crash at any moment, is
inherited by the emulator's function workers, and no other process that later gets the same id ever carries it.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from infra.local.workdir import CHECKOUT, Workdir

MARK = "KLANKBORD_WORKDIR"
"""The environment variable that names the workdir a process belongs to."""

_GRACE_SECONDS = 1.0
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "VIRTUAL_ENV")


def environment(workdir: Workdir, extra: Mapping[str, str]) -> dict[str, str]:
    """Return a process's environment: little of the caller's (no AWS profile, no proxy), plus `extra`."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    nowhere = str(workdir.path / "no-aws-config")
    return {
        **kept,
        MARK: str(workdir.path),
        "KLANKBORD_LOCAL_DIR": str(workdir.path),
        "TMPDIR": str(workdir.temporary),
        "PYTHONUNBUFFERED": "1",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        **extra,
    }


def start(
    workdir: Workdir, name: str, arguments: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `python <arguments>` in a session of its own, its output in `<workdir>/logs/<name>.log`."""
    with (workdir.logs / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )


def of_workdir(workdir: Workdir) -> list[psutil.Process]:
    """Return the living processes that carry the workdir's mark, except the caller and its ancestors."""
    me = psutil.Process()
    excluded = {me.pid, *(parent.pid for parent in me.parents())}
    processes = []
    for process in psutil.process_iter():
        if process.pid in excluded:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(workdir.path) and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
    return processes


def stop_all(workdir: Workdir) -> int:
    """End every process of the workdir, function workers included, and return how many there were.

    Asks first and insists a second later; psutil compares start times, so a recycled id is never hit.
    """
    ended: set[int] = set()
    while living := of_workdir(workdir):
        ended.update(process.pid for process in living)
        for process in living:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(living, timeout=_GRACE_SECONDS)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=_GRACE_SECONDS)
    return len(ended)


def last_lines(workdir: Workdir, name: str, count: int = 20) -> str:
    """Return the end of a process's log, for the message that says why it did not start."""
    log: Path = workdir.logs / f"{name}.log"
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
