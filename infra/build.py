"""Build the zip with the functions: `python -m infra.build cloud|host|local [--out FILE]`.

cloud: for Lambda, arm64 and Python 3.13, with its dependencies and byte code. host: the same for this machine and
this Python, so that a test can import it. local: the functions alone, with the files of infra/local/overlay in the
place of their own; the emulator brings the libraries. The same sources give the same bytes.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra.byte_code.compiler import LAMBDA_PYTHON, CompilationFailed, compile_for_lambda
from infra.deployment import ROOT
from infra.mail_templates import compile_mail

LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
LAMBDA_LIMIT = 250 * 1024 * 1024
"""Bytes unpacked; Lambda takes no more."""
REQUIREMENTS = ROOT / "requirements" / "functions.txt"
SOURCES = ("functions", "frontend")
SOURCE_ONLY = ("jstyleson",)
"""Pure Python, but no wheel on PyPI: built here."""
_DATE = (1980, 1, 1, 0, 0, 0)


class BuildFailed(Exception):
    """The asset cannot be made; the message says what to do."""


@dataclass(frozen=True)
class AssetKind:
    """What an asset is for. `python` and `platform` are those of its dependencies; None: it holds none."""

    name: str
    python: str | None = None
    platform: str | None = None
    overlay: Path | None = None


KINDS = {
    "cloud": AssetKind("cloud", python=LAMBDA_PYTHON, platform=LAMBDA_PLATFORM),
    "host": AssetKind("host", python=f"{sys.version_info.major}.{sys.version_info.minor}"),
    "local": AssetKind("local", overlay=ROOT / "infra" / "local" / "overlay"),
}


def build(name: str, out: Path | None = None) -> Path:
    """Build an asset and return its zip. Raises BuildFailed."""
    kind = KINDS[name]
    out = out or ROOT / "build" / f"{name}.zip"
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{name}-") as folder:
        tree = Path(folder) / "asset"
        tree.mkdir()
        if kind.python:
            _install(kind, tree)
        _copy_sources(tree)
        if kind.overlay:
            shutil.copytree(kind.overlay, tree, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        if kind.python:
            _compile(tree, kind.python)
        size = sum(file.stat().st_size for file in _files(tree))
        if size >= LAMBDA_LIMIT:
            raise BuildFailed(f"The asset is {size / 2**20:.0f} MiB unpacked; Lambda takes 250.")
        finished = Path(folder) / out.name
        _zip(tree, finished)
        finished.replace(out)
    return out


def _copy_sources(tree: Path) -> None:
    for source in SOURCES:
        shutil.copytree(ROOT / source, tree / source, ignore=shutil.ignore_patterns("__pycache__", "*.mjml"))
    compile_mail(ROOT / "frontend" / "mail", tree / "frontend" / "mail")


def _install(kind: AssetKind, tree: Path) -> None:
    """Put the locked dependencies into the tree: wheels only, so that nothing of this machine slips in."""
    assert kind.python  # noqa: S101  (only called for such a kind)
    command = [_uv(), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    for package in SOURCE_ONLY:
        command += ["--no-binary", package]
    command += ["--python-version", kind.python, "--link-mode", "copy", "--target", str(tree)]
    command += ["--python-platform", kind.platform] if kind.platform else ["--python", sys.executable]
    done = _run(*command, "--requirements", str(REQUIREMENTS))
    if done.returncode:
        raise BuildFailed(f"The dependencies could not be installed:\n{done.stderr}")
    for folder in [tree / "bin", *tree.rglob("tests"), *tree.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    (tree / ".lock").unlink(missing_ok=True)


def _uv() -> str:
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        raise BuildFailed("uv is not installed beside this Python: run `make setup`.")
    return str(uv)


def _compile(tree: Path, version: str) -> None:
    """Compile to byte code that is trusted without a look at the source: Lambda's files never change in place."""
    if version == LAMBDA_PYTHON:
        try:
            compile_for_lambda(tree)
        except CompilationFailed as error:
            raise BuildFailed(str(error)) from error
        return
    # Tracebacks name /var/task, not the folder of the build, and the bytes do not depend on it.
    names = ["-s", str(tree), "-p", "/var/task"]
    mode = ["--invalidation-mode", "unchecked-hash"]
    done = _run(sys.executable, "-I", "-m", "compileall", "-q", "-j", "0", *mode, *names, str(tree))
    if done.returncode:
        raise BuildFailed(f"The byte code could not be compiled:\n{done.stdout}{done.stderr}")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _files(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*") if path.is_file())


def _zip(tree: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in _files(tree):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if file.suffix == ".so" else 0o644) << 16
            archive.writestr(entry, file.read_bytes())


def main() -> None:
    """Build the asset that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m infra.build", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--out", type=Path, help="the zip to write")
    options = parser.parse_args()
    try:
        out = build(options.kind, options.out)
    except BuildFailed as error:
        raise SystemExit(str(error)) from error
    with zipfile.ZipFile(out) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    print(f"{out}: {out.stat().st_size / 2**20:.1f} MiB, {unpacked / 2**20:.1f} MiB unpacked")


if __name__ == "__main__":
    main()
