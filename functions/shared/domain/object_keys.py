"""Where things lie in the buckets: the one place that knows the keys."""

import hashlib
from dataclasses import dataclass
from urllib.parse import unquote_plus

from functions.shared.domain.errors import BadInput

# upload bucket
UPLOADS = "uploads/"
REHEARSE = "rehearse/"
RECEIPTS = "receipts/"
OPT_OUTS = "opt-outs/"
CUSTOMERS = "customers/"
WORK = "work/"
# bucket of lost facts
LOST_FACTS = "aws/lambda/"
"""Where Lambda puts the records of a stream that failed for good: the name is its own."""
# reply bucket
REPLIES = "replies/"
# config bucket
CLIENTS = "clients/"
SENDING = "sending/"
"""What onboarding set up for the mail of each client; publishing leaves it alone."""
# data bucket
FACTS = "facts/"
CURRENT = "current/"
"""What aggregate.run keeps between runs: the newest of every fact, and how far it has come."""
DATASETS = "datasets/"
REPORTS = "reports/"
PUBLIC_SCORES = "public-scores/"
"""What anybody may read: the survey's site serves it."""
FIGURES = "figures/"
"""What a rehearsal forecasts with."""
DASHBOARDS = "dashboards/"
DASHBOARD_RULE_FOLDER = f"{DASHBOARDS}rules/"
"""What Athena reads as the table of who sees which rows of the dashboards."""
DASHBOARD_RULES = f"{DASHBOARD_RULE_FOLDER}rules.json"
DASHBOARD_REFRESHES = f"{DASHBOARDS}refreshes.json"
"""How far QuickSight's copies are."""


MAX_KEY_BYTES = 1024
"""Of UTF-8: S3's limit."""


def _receipt_key(place: str, suffix: str) -> str:
    """Return the key of a receipt, always the same; of a place that is too long, its beginning and a digest."""
    room = MAX_KEY_BYTES - len(RECEIPTS) - len(".json")
    name = place.encode()
    if len(name) > room:
        end = f"~{hashlib.sha256(name).hexdigest()[:32]}"
        place = name[: room - len(end)].decode(errors="ignore") + end
    return f"{RECEIPTS}{place}.{suffix}"


@dataclass(frozen=True)
class UploadKey:
    """An object key of the upload bucket, taken apart.

    `touchpoint` is None for `uploads/<client>/<file>`, where a column names it.
    """

    key: str
    client: str
    touchpoint: str | None
    file: str
    rehearsal: bool

    def receipt(self, suffix: str) -> str:
        """Return the key of its receipt; `suffix` is csv or json."""
        return _receipt_key("/".join(filter(None, (self.client, self.touchpoint, self.file))), suffix)


def read_upload_key(key: str) -> UploadKey:
    """Take an upload's key apart. Raises BadInput where it is not under uploads/ or rehearse/ with client and file."""
    prefix, _, rest = key.partition("/")
    parts = rest.split("/")
    if f"{prefix}/" not in (UPLOADS, REHEARSE) or len(parts) < 2 or not all(parts):
        raise BadInput(f"{key} is not in a place for uploads: use uploads/<client>/<touchpoint>/<file>.")
    touchpoint = parts[1] if len(parts) > 2 else None
    return UploadKey(key, parts[0], touchpoint, "/".join(parts[2 if touchpoint else 1 :]), f"{prefix}/" == REHEARSE)


@dataclass(frozen=True)
class OptOutKey:
    """An object key under opt-outs/, taken apart: a list of people who said no, or with `match` one to compare."""

    key: str
    client: str
    file: str
    match: bool

    def receipt(self, suffix: str) -> str:
        """Return the key of its receipt; `suffix` is csv or json."""
        return _receipt_key(f"{self.client}/{OPT_OUTS}{'match/' if self.match else ''}{self.file}", suffix)


def read_opt_out_key(key: str) -> OptOutKey:
    """Take the key of a list of opt-outs apart. Raises BadInput where client or file is missing."""
    prefix, _, rest = key.partition("/")
    client, *parts = rest.split("/")
    match = len(parts) > 1 and parts[0] == "match"
    if f"{prefix}/" != OPT_OUTS or not client or not parts or not all(parts):
        raise BadInput(f"{key} is not in a place for lists of opt-outs: use opt-outs/<client>/<file>.")
    return OptOutKey(key, client, "/".join(parts[1:] if match else parts), match)


@dataclass(frozen=True)
class CustomerFileKey:
    """An object key under customers/, taken apart: what a client knows of its customers."""

    key: str
    client: str
    file: str

    def receipt(self, suffix: str) -> str:
        """Return the key of its receipt; `suffix` is csv or json."""
        return _receipt_key("/".join(filter(None, (self.client, f"{CUSTOMERS}{self.file}"))), suffix)


def read_customer_file_key(key: str) -> CustomerFileKey:
    """Take the key of a customer file apart. Raises BadInput where client or file is missing."""
    prefix, _, rest = key.partition("/")
    client, _, file = rest.partition("/")
    if f"{prefix}/" != CUSTOMERS or not client or not file or not all(file.split("/")):
        raise BadInput(f"{key} is not in a place for customer files: use customers/<client>/<file>.")
    return CustomerFileKey(key, client, file)


def opt_out_export(client: str, day: str) -> str:
    """Return the key, in the upload bucket, of the list of all who opted out of a client; `day` is yyyy-mm-dd."""
    return f"{RECEIPTS}{client}/{OPT_OUTS}all-{day}.csv"


def event_key(key: str) -> str:
    """Return the object key that an S3 event means: it comes URL-encoded, with plus signs for spaces."""
    return unquote_plus(key)


def current_bundle(client: str) -> str:
    """Return the key of a client's published bundle (JSON of ClientBundle) in the config bucket."""
    return f"{CLIENTS}{client}/bundle.json"


def mail_stream(client: str) -> str:
    """Return the key of the stream that a client's mail goes in (JSON of MailStream) in the config bucket."""
    return f"{SENDING}{client}.json"


def facts_of(table: str, client: str) -> str:
    """Return the prefix of a client's facts of a table."""
    return f"{FACTS}{table}/client={client}/"


def stream_facts(table: str, client: str, day: str, first: str, last: str) -> str:
    """Return the key of a client's facts in a batch of a table's stream; `first` and `last`: their sequence numbers."""
    return f"{facts_of(table, client)}dt={day}/{first}-{last}.ndjson.gz"


def dataset_of(name: str, client: str) -> str:
    """Return the prefix of a client's part of a dataset."""
    return f"{DATASETS}{name}/client={client}/"


def dataset_partition(name: str, client: str, day: str) -> str:
    """Return the prefix of one day of a dataset; `day` is yyyy-mm-dd."""
    return f"{dataset_of(name, client)}dt={day}/"


def report(client: str) -> str:
    """Return the key of a client's report."""
    return f"{REPORTS}{client}/index.html"


def figures(client: str) -> str:
    """Return the key of a client's figures (JSON of Figures)."""
    return f"{FIGURES}{client}.json"


def public_score(client: str, place: str, file: str) -> str:
    """Return where a file of a published score lies; `place` is a touchpoint, or `_` for the whole client."""
    return f"{PUBLIC_SCORES}{client}/{place}/{file}"


def score_keys() -> str:
    """Return where the public keys of published scores lie."""
    return f"{PUBLIC_SCORES}keys.json"
