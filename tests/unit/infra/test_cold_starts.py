"""What cold starts load: of the survey, where somebody is waiting, and of the admission of a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {
    "CONFIG_BUCKET": "config",
    "DATA_BUCKET": "data",
    "PEPPER_SECRET": "pepper",
    "TOKEN_KEYS_SECRET": "keys",
    "SURVEY_URL": "https://survey.example",
    "TABLE_INVITATION": "i",
    "TABLE_RESPONSE": "r",
    "TABLE_OPT_OUT": "o",
    "TABLE_FEEDBACK_BLOCK": "f",
    "TABLE_ANSWER_PATTERN": "a",
}
TELL = "import functions.survey.handler as h, json, sys; print(json.dumps([sorted(sys.modules), len(connections(h))]))"
CONNECTIONS = "connections = lambda h: {id(m._get_connection().connection) for m in h.MODELS}\n"


def run(program: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a program in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )


def test_the_survey_loads_neither_boto3_nor_the_xray_sdk_nor_what_other_functions_need() -> None:
    loaded, connections = json.loads(run(CONNECTIONS + TELL, **ENVIRONMENT).stdout)

    for package in (
        "boto3",
        "s3transfer",
        "aws_xray_sdk",
        "duckdb",
        "holidays",
        "yaml",
        "charset_normalizer",
        "extruct",
        "cryptography",
    ):
        assert package not in loaded
    assert connections == 1


def test_a_missing_variable_stops_the_function_at_its_start_by_name() -> None:
    for missing in ("SURVEY_URL", "TABLE_RESPONSE"):
        environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}

        failed = run("import functions.survey.handler", **environment)

        assert failed.returncode != 0
        assert missing in failed.stderr.splitlines()[-1]


def test_admission_reads_the_endpoints_of_aws_once() -> None:
    """A session for every table and for boto3 too would read their 1.2 MB four times."""
    buckets = dict.fromkeys(("UPLOAD_BUCKET", "DATA_BUCKET"), "x") | {
        "NOTICE_QUEUE_URL": "https://queue.example",
        "CHUNK_QUEUE_URL": "https://queue.example",
    }
    tables = ("UPLOAD", "CONTACT", "CUSTOMER", "FEEDBACK_BLOCK", "INVITATION", "OPT_OUT", "SUPPRESSION", "QUOTA_COUNT")
    program = """
from botocore.loaders import JSONFileLoader
load, read = JSONFileLoader.load_file, []
def loaded(self, path):
    found = load(self, path)
    read.append(path if found else "")  # it looks in several places
    return found
JSONFileLoader.load_file = loaded
from functions.crm_import.handlers import admit
from functions.shared.adapters.tables import QuotaCount, Upload
read.clear()  # elsewhere than in Lambda the X-Ray SDK makes sessions of its own
admit.make_stores(admit.AdmitSettings.from_env())
connections = {model._get_connection().connection for model in (QuotaCount, Upload)}
assert [connection.client for connection in connections]
import sys
print(len(connections), sum(path.endswith("endpoints") for path in read), "boto3" in sys.modules)
"""

    told = run(program, **(ENVIRONMENT | buckets | {f"TABLE_{name}": name for name in tables}))

    assert told.stdout.split() == ["1", "1", "False"], told.stderr
