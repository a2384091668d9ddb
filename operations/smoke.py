"""Try a deployment from outside: `python -m operations.smoke CLIENT [--touchpoint T] [--local]`.

A client of its own, made of the published one that is named, goes through the whole loop: a rehearsal, a file with one
customer at SES's simulator, the mail to it, its answer on the survey's page, and the report. Whatever comes of it is
deleted again, also where a step fails. Nobody is mailed but the simulator.
"""

import argparse
import csv
import io
import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.keys import read_versions
from functions.shared.domain import object_keys
from functions.shared.domain.client import Client, ClientBundle, Rules, SendWindow, Touchpoint
from functions.shared.domain.identity import LinkKeys, invitation_id, person_key, sign_token
from functions.shared.domain.invitation import InvitationState
from operations.aggregate import ask
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported
from operations.visitor import VisitError, Visitor

SLUG = "klankbord-smoke"
"""The client of the test: nobody else's name may be this."""
SIMULATOR = "success+{}@simulator.amazonses.com"
_WINDOW = SendWindow.model_validate(
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "00:00", "closes": "23:59"}
)
_POLL_SECONDS = 2.0
_LOOK_SECONDS = 3.0
"""Nobody answers faster: an answer within two seconds of the page is taken for a program's."""
_LATE_SECONDS = 10.0
"""What streams still tell after the last step."""


class SmokeFailed(Exception):
    """A step did not come to its end; a sentence with where to look."""


@dataclass
class Smoke:
    """One test. `pause` waits for seconds; `tell` gets a line for each step."""

    place: Deployed
    client: str
    touchpoint: str | None = None
    pause: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = print
    patience: float = 300.0
    """Seconds that a step may take: a schedule of a minute, cold starts, a queue."""
    visitor: Visitor = field(default_factory=Visitor)
    _mark: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _invitation: str = ""

    def run(self) -> None:
        """Go through the loop, and clean up. Raises SmokeFailed."""
        bundle, touchpoint = self._bundle()
        try:
            self._publish(bundle)
            self._rehearse(touchpoint)
            self._invite(touchpoint)
            self._answer()
            self._report()
        finally:
            self._clean_up()
        self.tell("Everything works, and what was made for it is deleted.")

    def _bundle(self) -> tuple[ClientBundle, str]:
        """Return a client like the one that is named, which mails at any hour and only once."""
        published = ClientStore(self.place.client("s3"), self.place.config_bucket).load(self.client)
        name = self.touchpoint or next(iter(published.touchpoints))
        if name not in published.touchpoints:
            raise SmokeFailed(f"{self.client} has no touchpoint {name}.")
        told = published.client
        client = Client(
            client=SLUG,
            name=told.name,
            country=told.country,
            timezone=told.timezone,
            languages=told.languages,
            tone=told.tone,
            sender=told.sender,
            send_window=_WINDOW,
            reminders=(),
            contact=SIMULATOR.format("contact"),
        )
        asked = published.touchpoints[name]
        touchpoint = Touchpoint(
            touchpoint=name, name=asked.name, questionnaire=asked.questionnaire, rules=Rules(sample_share=1.0)
        )
        copied = published.model_copy(
            update={"client": client, "touchpoints": {name: touchpoint}, "mappings": {}, "version": self._mark}
        )
        return copied, name

    def _publish(self, bundle: ClientBundle) -> None:
        s3, bucket = self.place.client("s3"), self.place.config_bucket
        body = bundle.model_dump_json(by_alias=True).encode()
        s3.put_object(Bucket=bucket, Key=object_keys.current_bundle(SLUG), Body=body)
        # It sends in the stream of the client whose sender it has.
        stream = self._object(bucket, object_keys.mail_stream(self.client))
        if stream is not None:
            s3.put_object(Bucket=bucket, Key=object_keys.mail_stream(SLUG), Body=stream)
        self.tell(f"A client like {self.client} is published for the test.")

    def _file(self, now: datetime) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        moment = (now - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
        writer.writerows([["Email", "Date", "Last name"], [SIMULATOR.format(self._mark), moment, "Smoke"]])
        return text.getvalue().encode()

    def _upload(self, prefix: str, touchpoint: str, file: str) -> dict[str, str]:
        """Upload the file and return the line of its receipt."""
        key = f"{prefix}{SLUG}/{touchpoint}/{file}"
        self.place.client("s3").put_object(Bucket=self.place.upload_bucket, Key=key, Body=self._file(self.place.now))
        place = f"{object_keys.RECEIPTS}{SLUG}/{touchpoint}/{file}"

        def receipt() -> dict[str, Any] | None:
            body = self._object(self.place.upload_bucket, f"{place}.json")
            summary: dict[str, Any] | None = json.loads(body) if body else None
            return summary if summary and summary["state"] != "partial" else None

        summary = self._wait("the receipt of the file", receipt, "the logs of crm-import-read and crm-import-admit")
        lines = list(
            csv.DictReader(
                io.StringIO((self._object(self.place.upload_bucket, f"{place}.csv") or b"").decode("utf-8-sig"))
            )
        )
        if summary["state"] != "complete" or len(lines) != 1 or lines[0]["outcome"] != "invited":
            raise SmokeFailed(f"The file was not taken as it should be: {summary.get('message')} {lines}")
        return lines[0]

    def _rehearse(self, touchpoint: str) -> None:
        self._upload(object_keys.REHEARSE, touchpoint, f"{self._mark}-rehearsal.csv")
        self.tell("A rehearsal is answered.")

    def _invite(self, touchpoint: str) -> None:
        line = self._upload(object_keys.UPLOADS, touchpoint, f"{self._mark}.csv")
        self._invitation = invitation_id(SLUG, touchpoint, line["interaction_id"])
        self.tell("A file is read, and its customer invited.")

        def delivered() -> bool:
            return bool(self._item("Invitation").get("state", {}).get("S") == InvitationState.DELIVERED)

        self._wait(
            "the mail to the simulator, and its report",
            delivered,
            "the logs of invite-dispatch, invite-send and invite-track, and docs/runbook.md, Mail not taken",
        )
        self.tell("The mail left, and SES reported that it arrived.")

    def _answer(self) -> None:
        secret = self.place.token_keys_secret
        text = self.place.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        token = sign_token(LinkKeys(read_versions(text, secret)), "answer", self._invitation)
        try:
            page = self.visitor.open(f"{self.place.survey_url}/s/{token}")
            self.pause(_LOOK_SECONDS)
            offered = page.form.choices if page.form else {}
            self.visitor.submit(page, {name: "9" if "9" in values else values[-1] for name, values in offered.items()})
        except VisitError as error:
            raise SmokeFailed(f"The survey's page does not work: {error} Look at the log of survey.") from error
        self._wait("the answer", lambda: self._item("Response").get("score", {}).get("N") == "9", "the log of survey")
        self.tell("The survey's page opened, and took the answer.")

    def _report(self) -> None:
        def reported_on() -> bool:
            found = list(self._keys(self.place.data_bucket, object_keys.dataset_of("responses", SLUG)))
            if not found:
                ask(self.place, [SLUG])
            return bool(found) and self._object(self.place.data_bucket, object_keys.report(SLUG)) is not None

        self._wait(
            "the answer in the datasets, and a report", reported_on, "the logs of aggregate-collect and aggregate-run"
        )
        self.tell("The answer is in the datasets, and the report is made.")

    def _wait(self, what: str, ready: Callable[[], Any], where: str) -> Any:
        waited = 0.0
        while not (found := ready()):
            if waited >= self.patience:
                raise SmokeFailed(f"After {self.patience:.0f} s there is not yet {what}. Look at {where}.")
            self.pause(_POLL_SECONDS)
            waited += _POLL_SECONDS
        return found

    def _item(self, table: str) -> dict[str, Any]:
        key = {"invitation_id": {"S": self._invitation}}
        answer = self.place.client("dynamodb").get_item(
            TableName=self.place.tables[table], Key=key, ConsistentRead=True
        )
        return dict(answer.get("Item", {}))

    def _object(self, bucket: str, key: str) -> bytes | None:
        try:
            return bytes(self.place.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def _keys(self, bucket: str, prefix: str) -> Iterator[str]:
        pages = self.place.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        yield from (found["Key"] for page in pages for found in page.get("Contents", ()))

    def _clean_up(self) -> None:
        """Delete the client, then its item in every table, then its objects, with what streams told meanwhile."""
        self._delete_objects(self.place.config_bucket, object_keys.current_bundle(SLUG), object_keys.mail_stream(SLUG))
        dynamodb, pepper = self.place.client("dynamodb"), self._pepper()
        person = {"person": {"S": person_key(pepper, SLUG, SIMULATOR.format(self._mark))}}
        one = {"invitation_id": {"S": self._invitation}}
        for table, key in (("Invitation", one), ("Response", one), ("Contact", person), ("FeedbackBlock", person)):
            if all(value["S"] for value in key.values()):
                dynamodb.delete_item(TableName=self.place.tables[table], Key=key)
        for pause in (0.0, _LATE_SECONDS):
            self.pause(pause)
            for prefix in (object_keys.UPLOADS, object_keys.REHEARSE, object_keys.RECEIPTS):
                self._delete_objects(self.place.upload_bucket, f"{prefix}{SLUG}/")
            self._delete_objects(self.place.data_bucket, *self._own_prefixes())

    def _own_prefixes(self) -> Iterator[str]:
        """Yield where the data bucket has what is only this client's."""
        s3, bucket = self.place.client("s3"), self.place.data_bucket
        yield from (f"{prefix}{SLUG}/" for prefix in (object_keys.REPORTS, object_keys.PUBLIC_SCORES))
        yield object_keys.figures(SLUG)
        for parent in (object_keys.FACTS, object_keys.DATASETS, object_keys.CURRENT):
            # Of versions, for a folder whose objects are all deleted still has some.
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=parent, Delimiter="/")
            for page in pages:
                for folder in page.get("CommonPrefixes", ()):
                    yield from (f"{folder['Prefix']}client={SLUG}{end}" for end in ("/", "."))

    def _delete_objects(self, bucket: str, *prefixes: str) -> None:
        """Delete objects with all their versions."""
        s3 = self.place.client("s3")
        for prefix in prefixes:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
                for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])

    def _pepper(self) -> bytes:
        secret = self.place.client("secretsmanager").get_secret_value(SecretId=self.place.pepper_secret)
        return str(secret["SecretString"]).encode()


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.smoke", description="Try a deployment from outside, and clean up after it."
    )
    parser.add_argument("client", help="slug of a published client whose sender and questionnaire are tried")
    parser.add_argument("--touchpoint", help="one of its touchpoints, by default the first")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _run(deployed(options), options.client, options.touchpoint), "smoke", SmokeFailed)


def _run(place: Deployed, client: str, touchpoint: str | None) -> int:
    if not place.published(client):
        print(f"There is no client {client}." if client else "Name a published client.", file=sys.stderr)
        return 1
    Smoke(place, client, touchpoint).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
