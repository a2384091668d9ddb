"""The emulator's process: MiniStack on a socket that the engine hands over, and one question more.

`GET /_klankbord/idle` tells whether work is under way: messages in queues, stream records that a function has not
read yet, functions at work. The AWS API cannot answer the second (how far an event source mapping has read is not
in it), so this reads MiniStack's own books. It is pinned exactly; tests/stack/test_engine.py guards the reading.
"""

import argparse
import asyncio
import json
import os
import re
import threading
import time
from typing import Any

import psutil
from hypercorn.asyncio import serve
from hypercorn.config import Config

from infra.local import processes
from infra.local.emulator_iam import patch_iam
from infra.local.emulator_patches import apply_patches
from infra.local.emulator_tuning import suit_one_machine
from infra.local.workdir import Workdir

_S3_EVENT_THREAD = re.compile(r"Thread-\d+ \(run\)")
"""MiniStack delivers each S3 notification on a nameless thread."""


def work_under_way() -> dict[str, Any]:
    """Return what is not settled: `queues` {name: [visible, in flight]}, `streams` {table: records}, `at_work`."""
    from ministack.core import concurrency, lambda_runtime
    from ministack.services import dynamodb, lambda_svc, sqs

    now = time.time()
    sources = {
        mapping["EventSourceArn"]: mapping
        for _, _, mapping in lambda_svc._iter_all_esms()
        if mapping.get("Enabled", True)
    }
    queues = {}
    for queue in list(sqs._queues._data.values()):
        if queue["attributes"].get("QueueArn") not in sources:
            continue
        counts = [0, 0]
        for message in list(queue["messages"]):
            if message["visible_at"] <= now:
                counts[0] += 1
            elif message["receive_count"]:
                counts[1] += 1
        if any(counts):
            queues[queue["name"]] = counts
    streams: dict[str, int] = {}
    positions = lambda_svc._dynamodb_stream_positions._data
    for (account, region, table), record in list(dynamodb._tables._data.items()):
        mapping = sources.get(record.get("LatestStreamArn"))
        if mapping is None:
            continue
        end = dynamodb.stream_end_position(table, account_id=account, region=region)
        read = positions.get((account, region, mapping["UUID"]), 0)
        if end > read:
            streams[table] = end - read
    at_work = lambda_runtime.workers_in_use() + sum(lambda_svc._esm_inflight.values())
    at_work += concurrency.active_counts()["background"]
    at_work += sum(bool(_S3_EVENT_THREAD.fullmatch(thread.name)) for thread in threading.enumerate())
    return {"queues": queues, "streams": streams, "at_work": at_work}


def with_idle_question(app: Any) -> Any:
    """Return the emulator's ASGI app with `/_klankbord/idle` added."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/_klankbord/idle":
            await app(scope, receive, send)
            return
        body = json.dumps(work_under_way()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def end_with(parent: int, workdir: Workdir) -> None:
    """End every process of the workdir as soon as the process that started it is gone, however it went."""
    started = psutil.Process(parent)
    while started.is_running() and started.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.5)
    processes.stop_all(workdir)
    os._exit(0)


async def _run(socket_number: int) -> None:
    from ministack.app import app

    suit_one_machine()
    patch_iam()
    apply_patches()
    config = Config()
    config.bind = [f"fd://{socket_number}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ.get("LOG_LEVEL", "INFO")
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    # No graceful shutdown: nothing outlives the process, and a signal ends it at once.
    await serve(with_idle_question(app), config, shutdown_trigger=lambda: never)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True, help="number of the listening socket that is handed over")
    parser.add_argument("--parent", type=int, help="end when this process ends")
    arguments = parser.parse_args()
    if arguments.parent:
        from pathlib import Path

        workdir = Workdir(Path(os.environ[processes.MARK]))
        threading.Thread(target=end_with, args=(arguments.parent, workdir), daemon=True).start()
    asyncio.run(_run(arguments.socket))


if __name__ == "__main__":
    main()
