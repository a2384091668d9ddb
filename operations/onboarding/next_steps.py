"""What a client needs beside its mail before the first file counts, in the order in which it is done."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from functions.shared.domain import object_keys
from operations.onboarding.case import Case


def next_steps(case: Case) -> Iterator[str]:
    """Yield numbered lines; what is done already says so."""
    slug, target = case.client.client, case.target
    here = " LOCAL=1" if target.local else ""
    lines = [f"make check-domain CLIENT={slug}{here}, until every line is ok."]
    account = target.ses.get_account()
    if not account.get("ProductionAccessEnabled"):
        lines.append("Ask for production access in the SES console (Account dashboard): the account is in the sandbox.")
    if _published(case):
        lines.append(f"{slug} is published; publish again after a change in {case.folder}.")
    elif target.local:
        lines.append(f"make publish CLIENTS={case.folder}")
    else:
        lines.append(f"python -m operations.publish {case.folder} --bucket {target.config_bucket}")
    lines.append(_credentials(case))
    bucket = f"s3://{target.outputs['UploadBucketName']}"
    touchpoint = min(path.stem for path in (case.folder / "touchpoints").glob("*.yaml"))
    endpoint = f" --endpoint-url {target.s3.meta.endpoint_url}" if target.local else ""
    file = f"{slug}/{touchpoint}/contacts.csv"
    lines.append(
        f"Rehearse a first file: aws s3{endpoint} cp contacts.csv {bucket}/{object_keys.REHEARSE}{file}, "
        f"then read {bucket}/{object_keys.RECEIPTS}{file}.json."
    )
    yield from (f"  {number}. {line}" for number, line in enumerate(lines, 1))


def _published(case: Case) -> bool:
    try:
        case.target.s3.head_object(Bucket=case.target.config_bucket, Key=object_keys.current_bundle(case.client.client))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _credentials(case: Case) -> str:
    slug, target = case.client.client, case.target
    if target.local:
        return "Upload with the credentials test/test."
    user = target.outputs.get(f"UploadUser{''.join(part.capitalize() for part in slug.split('-'))}")
    if user:
        return f"Upload credentials, handed over once: aws iam create-access-key --user-name {user}"
    return (
        f"Upload credentials: add {slug} to `clients` in deployment.yaml and make deploy; then run this again for its "
        "user."
    )
