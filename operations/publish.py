"""Check clients' folders and publish them: `python -m operations.publish FOLDER [--bucket B] [--endpoint URL]`.

FOLDER is one client's folder, or holds a folder for each client. Where one of them has a mistake, every mistake is
printed and nothing is published. Publishing the same folder twice changes nothing.
"""

import argparse
import mimetypes
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.adapters.client_files import folder_files, is_client_folder, read_folder
from functions.shared.domain import object_keys
from functions.shared.domain.channel_texts import CHANNEL_TEXT_CHECKS
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadConfiguration
from functions.survey.words import check_languages
from infra.logos import HeavyLogo, with_logos
from operations.mail_checks import check_mails

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class PublishedClient:
    """A client that stands in the config bucket as its folder says."""

    client: str
    version: str
    touchpoints: tuple[str, ...]
    changed: bool
    """Whether another version stood there before."""


def publish(folder: Path, s3: "S3Client", bucket: str) -> list[PublishedClient]:
    """Check every client in a folder, then publish them all; return what is published, by slug.

    The bundle that the functions read is written last, so that they see either the old client or the new one.
    Raises BadConfiguration, before anything is written, with the mistakes of all of them.
    """
    return [_publish(path, bundle, s3, bucket) for path, bundle in checked(folder)]


def checked(folder: Path) -> list[tuple[Path, ClientBundle]]:
    """Return the clients of a folder with their own folders. Raises BadConfiguration with all mistakes of all."""
    bundles, mistakes = [], []
    for path in _client_folders(folder):
        try:
            bundles.append(
                (path, _drawn(read_folder(path, (check_languages, check_mails, *CHANNEL_TEXT_CHECKS.values()))))
            )
        except BadConfiguration as error:
            mistakes += [f"{path.name}/{mistake}" for mistake in error.mistakes]
    if mistakes:
        raise BadConfiguration(mistakes)
    return bundles


def _client_folders(folder: Path) -> list[Path]:
    folder = folder.resolve()
    if is_client_folder(folder):
        return [folder]
    below = sorted(folder.iterdir()) if folder.is_dir() else []
    clients = [path for path in below if path.is_dir() and path.name[0] not in "._"]
    if not clients:
        raise BadConfiguration(
            [f"There is no client in {folder}; name a folder with a client.yaml, or with such folders."]
        )
    return clients


def _drawn(bundle: ClientBundle) -> ClientBundle:
    try:
        return with_logos(bundle)
    except HeavyLogo as heavy:
        name = getattr(bundle.brand, heavy.key)
        raise BadConfiguration([f"brand/{name}, line 1: {heavy}"]) from heavy
    except ValueError as error:
        raise BadConfiguration(["brand/brand.yaml, line 1: a logo cannot be drawn; export it anew."]) from error


def _publish(path: Path, bundle: ClientBundle, s3: "S3Client", bucket: str) -> PublishedClient:
    slug = bundle.client.client
    current = object_keys.current_bundle(slug)
    prefix = current.removesuffix("bundle.json")
    body = bundle.model_dump_json(by_alias=True).encode()
    done = PublishedClient(
        slug, bundle.version, tuple(sorted(bundle.touchpoints)), changed=_stored(s3, bucket, current) != body
    )
    if not done.changed:
        return done
    files = folder_files(path)
    for name, content in files.items():
        kind = (
            "application/yaml"
            if name.endswith(".yaml")
            else mimetypes.guess_type(name)[0] or "application/octet-stream"
        )
        s3.put_object(Bucket=bucket, Key=f"{prefix}{name}", Body=content, ContentType=kind)
    s3.put_object(Bucket=bucket, Key=current, Body=body, ContentType="application/json")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for key in [item["Key"] for page in pages for item in page.get("Contents", ())]:
        if key != current and key.removeprefix(prefix) not in files:
            s3.delete_object(Bucket=bucket, Key=key)
    return done


def _stored(s3: "S3Client", bucket: str, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            return None
        raise


def main(arguments: list[str] | None = None) -> int:
    """Publish what the command line names; return 1 where something is wrong, after a sentence for each mistake."""
    parser = argparse.ArgumentParser(prog="python -m operations.publish", description="Check and publish clients.")
    parser.add_argument("folder", type=Path, help="one client's folder, or a folder of them")
    parser.add_argument("--bucket", help="the config bucket (output ConfigBucket of the stack); without it, only check")
    parser.add_argument("--endpoint", help="another S3 than that of AWS")
    options = parser.parse_args(arguments)
    try:
        if options.bucket is None:
            for path, bundle in checked(options.folder):
                print(f"{path.name}: no mistakes, version {bundle.version}.")
            print("Nothing was published: name the bucket with --bucket.")
            return 0
        s3 = boto3.client("s3", endpoint_url=options.endpoint)
        for done in publish(options.folder, s3, options.bucket):
            touchpoints = ", ".join(done.touchpoints)
            state = "published" if done.changed else "published already"
            print(f"{done.client}: {state}, version {done.version}, touchpoints {touchpoints}.")
    except BadConfiguration as error:
        print(error, file=sys.stderr)
        print("Nothing was published.", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"The bucket {options.bucket} could not be written: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
