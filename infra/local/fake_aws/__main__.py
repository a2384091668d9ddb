"""Run the fake AWS: `python -m infra.local.fake_aws --local-dir .local --port 0 --review-port 0 --endpoint http://...`."""

import argparse
import json
import signal
import threading
from datetime import datetime
from pathlib import Path

from examples.reviews import reviews
from infra.local import clock
from infra.local.fake_aws.application import FakeAws
from infra.local.fake_aws.review_site import ReviewSite
from infra.local.fake_aws.running_system import RunningSystem
from infra.local.fake_aws.serving import Server
from infra.local.workdir import Workdir, write_json


def main() -> None:
    """Serve until told to end; write the addresses to `<local-dir>/fake_aws.json` and print them."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.fake_aws", description=__doc__)
    parser.add_argument("--local-dir", type=Path, required=True, help="the folder of the running system")
    parser.add_argument(
        "--port", type=int, default=0, help="for the mailbox, the outbox and the reports; 0: a free one"
    )
    parser.add_argument("--review-port", type=int, default=0, help="for the review site; 0: a free one")
    parser.add_argument("--endpoint", required=True, help="where the emulator answers")
    options = parser.parse_args()
    options.local_dir.mkdir(parents=True, exist_ok=True)

    workdir = Workdir(options.local_dir.resolve())

    def now() -> datetime:
        return clock.now(workdir)

    ended = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: ended.set())
    app = FakeAws(options.local_dir, RunningSystem(options.local_dir, options.endpoint), now)
    front = Server(app, options.port).start()
    review_site = Server(ReviewSite(now, reviews), options.review_port).start()
    addresses = {"outbox_url": front.url, "report_url": f"{front.url}/reports/", "review_site_url": review_site.url}
    write_json(options.local_dir / "fake_aws.json", addresses)
    print(json.dumps(addresses), flush=True)
    ended.wait()
    front.stop()
    review_site.stop()
    app.close()


if __name__ == "__main__":
    main()
