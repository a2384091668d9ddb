"""Synthesise the CDK app for one machine and read the cloud assembly that it leaves.

A synth costs seconds and its result depends on the sources alone, so it is kept in `build/local/<digest>` and made
again when a source changes. Nothing of a workdir goes in: what differs per workdir are CloudFormation parameters.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from infra.local.workdir import CHECKOUT

_SOURCES = ("infra", "functions", "frontend", "cdk.json", "pyproject.toml", "requirements")
_KEPT_ASSEMBLIES = 3


class SynthFailed(RuntimeError):
    """The functions' asset or the templates could not be made; the message is what was said."""


@dataclass(frozen=True)
class Asset:
    """A file or a folder that a template refers to; a folder is zipped on its way."""

    source: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Stack:
    """A stack of the assembly; its template is an asset too, at `template` (bucket/key)."""

    name: str
    template: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Assembly:
    """What there is to deploy: stacks in the order in which they can be made, and their assets."""

    stacks: list[Stack]
    assets: list[Asset]


def synthesise(choices: Mapping[str, object] | None = None) -> Path:
    """Return the folder of the local cloud assembly, from the last synth where no source changed since.

    `choices` are those of deployment.yaml (docs/deploy.md), none by default.
    """
    chosen = json.dumps(choices or {}, sort_keys=True)  # which is YAML, too
    store = CHECKOUT / "build" / "local"
    store.mkdir(parents=True, exist_ok=True)
    folder = store / _digest(chosen)
    with _alone(store):
        if (folder / "manifest.json").exists():
            os.utime(folder)
            return folder
        _make(folder, chosen)
        kept = sorted((f for f in store.iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime, reverse=True)
        for old in kept[_KEPT_ASSEMBLIES:]:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def read(folder: Path) -> Assembly:
    """Read a cloud assembly: its manifest and its asset manifests."""
    artifacts: dict[str, Any] = json.loads((folder / "manifest.json").read_text())["artifacts"]
    kind = "aws:cloudformation:stack"
    order = TopologicalSorter({name: set(body.get("dependencies", ())) for name, body in artifacts.items()})
    stacks = []
    assets: dict[str, Asset] = {}
    for name in order.static_order():
        body = artifacts.get(name, {})
        properties = body.get("properties", {})
        if body.get("type") == kind:
            template = properties["stackTemplateAssetObjectUrl"].removeprefix("s3://")
            parameters = dict(properties.get("parameters", {}))
            stacks.append(Stack(properties.get("stackName", name), template, parameters))
        elif body.get("type") == "cdk:asset-manifest":
            for asset in _assets(folder, folder / properties["file"]):
                assets[asset.key] = asset
    return Assembly(stacks, list(assets.values()))


def _assets(folder: Path, manifest: Path) -> Iterator[Asset]:
    for entry in json.loads(manifest.read_text()).get("files", {}).values():
        source = entry["source"]
        (destination,) = entry["destinations"].values()
        zipped = source.get("packaging") == "zip"
        yield Asset(folder / source["path"], zipped, destination["bucketName"], destination["objectKey"])


def _make(folder: Path, choices: str) -> None:
    work = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    _run("infra.build", "local")
    file = folder.with_suffix(".yaml")
    file.write_text(choices, encoding="utf-8")
    try:
        _run("infra.synth", "--local", "--out", str(work), "-c", f"deployment={file}")
    finally:
        file.unlink()
    work.rename(folder)


def _run(*module: str) -> None:
    """Run a module of this checkout, apart from the caller's AWS settings. Raises SynthFailed with what it said."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    # Else jsii keeps its cache in the home folder.
    env["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(CHECKOUT / "build" / "jsii")
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SynthFailed(f"`python -m {' '.join(module)}` failed:\n{done.stdout}{done.stderr}".rstrip())


def _digest(choices: str) -> str:
    """Return a digest of the choices and every source that a synth can read, with the interpreter that reads them."""
    digest = hashlib.sha256("\0".join((sys.version, choices)).encode())
    for top in _SOURCES:
        path = CHECKOUT / top
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not _is_apart(file.relative_to(CHECKOUT).parts):
                digest.update(f"{file.relative_to(CHECKOUT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _is_apart(parts: tuple[str, ...]) -> bool:
    """Tell whether a file has no part in a synth: byte code, and the engine itself except its overlay."""
    return "__pycache__" in parts or (parts[:2] == ("infra", "local") and "overlay" not in parts)


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Let one process at a time synthesise; the others wait and find the result."""
    with (store / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
