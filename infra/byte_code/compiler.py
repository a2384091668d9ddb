"""Compile Python for Lambda's version of it, on a machine with any other.

Byte code belongs to one version of CPython. The one of Lambda comes from npm as WebAssembly (Pyodide) and runs in the
packaged Node, so that neither this machine's Python nor a second one of it matters.
"""

import shutil
import subprocess
from pathlib import Path

from infra.deployment import ROOT
from infra.node import packaged_node

_HERE = Path(__file__).resolve().parent
_FILES = ("package.json", "package-lock.json", "compile.mjs")
LAMBDA_PYTHON = "3.13"


class CompilationFailed(Exception):
    """The byte code could not be made; the message says what to do."""


def compile_for_lambda(tree: Path) -> None:
    """Compile every module below a folder, as code that is trusted without a look at its source.

    Raises CompilationFailed.
    """
    folder = ROOT / "build" / "byte-code"
    _install(folder)
    done = _run([str(packaged_node() / "bin" / "node"), "compile.mjs", str(tree.resolve())], folder)
    if done.returncode or done.stdout.split()[-1:] != [LAMBDA_PYTHON]:
        raise CompilationFailed(f"The byte code could not be compiled:\n{done.stdout}{done.stderr}")


def _install(folder: Path) -> None:
    """Bring the compiler into a folder, unless exactly this one is there."""
    wanted = {name: (_HERE / name).read_bytes() for name in _FILES}
    finished = folder / "installed"
    if finished.exists() and all((folder / name).read_bytes() == content for name, content in wanted.items()):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in wanted.items():
        (folder / name).write_bytes(content)
    node = packaged_node()
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    done = _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", str(folder / "cache")], folder)
    if done.returncode:
        raise CompilationFailed(f"npm could not bring the compiler (pyodide); is it reachable?\n{done.stderr}")
    finished.touch()


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
