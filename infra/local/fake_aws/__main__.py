"""Run the desk: `python -m infra.local.fake_aws --local-dir .local --port 0 --review-port 0 --endpoint http://...`."""

import argparse
import json
import signal
import threading
from datetime import datetime
from pathlib import Path

from examples.reviews import reviews
from infra.local import clock
from infra.local.fake_aws.application import Desk
from infra.local.fake_aws.deployment import Deployment
from infra.local.fake_aws.review_site import ReviewSite
from infra.local.fake_aws.serving import Server
from infra.local.workdir import Room, write_json


def main() -> None:
    """Serve until the process is told to end; the chosen addresses go to `<local-dir>/desk.json` and to the output."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.fake_aws", description=__doc__)
    parser.add_argument("--local-dir", type=Path, required=True, help="the folder of the running system")
    parser.add_argument(
        "--port", type=int, default=0, help="for the mailbox, the outbox and the reports; 0: a free one"
    )
    parser.add_argument("--review-port", type=int, default=0, help="for the review site; 0: a free one")
    parser.add_argument("--endpoint", required=True, help="where the emulator answers")
    options = parser.parse_args()
    options.local_dir.mkdir(parents=True, exist_ok=True)

    room = Room(options.local_dir.resolve())

    def now() -> datetime:
        return clock.now(room)

    ended = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: ended.set())
    desk = Desk(options.local_dir, Deployment(options.local_dir, options.endpoint), now)
    front = Server(desk, options.port).start()
    review_site = Server(ReviewSite(now, reviews), options.review_port).start()
    addresses = {"outbox_url": front.url, "report_url": f"{front.url}/reports/", "review_site_url": review_site.url}
    write_json(options.local_dir / "desk.json", addresses)
    print(json.dumps(addresses), flush=True)
    ended.wait()
    front.stop()
    review_site.stop()
    desk.close()


if __name__ == "__main__":
    main()
