"""The functions' asset: complete in itself, for Lambda's machines, and without what only one machine has."""

import hashlib
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.build import LAMBDA_LIMIT, build
from infra.functions import FUNCTIONS, FunctionSpec
from infra.local.workdir import CHECKOUT
from tests.worlds.templates import Templates

AARCH64 = 183
PYTHON_313_MAGIC = 3571
UNCHECKED_HASH = 0b01

IMPORT = """
import importlib, json, sys
asset, handler = sys.argv[1:]
sys.path.insert(0, asset)
module, _, name = handler.rpartition(".")
assert callable(getattr(importlib.import_module(module), name)), handler
files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
print(json.dumps(sorted(file for file in files if file)))
"""


@pytest.fixture(scope="module")
def cloud_asset(assets: Callable[[str], Path]) -> Iterator[zipfile.ZipFile]:
    """Return the asset for Lambda."""
    with zipfile.ZipFile(assets("cloud")) as archive:
        yield archive


@pytest.fixture(scope="module")
def unpacked(assets: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an asset for this machine, unpacked."""
    folder = tmp_path_factory.mktemp("host") / "task"
    with zipfile.ZipFile(assets("host")) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def unpacked_local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the asset for the emulator, unpacked."""
    folder = tmp_path_factory.mktemp("local") / "task"
    with zipfile.ZipFile(build("local", folder.parent / "local.zip")) as archive:
        archive.extractall(folder)
    return folder


def environment_of(cloud: Templates, spec: FunctionSpec) -> dict[str, str]:
    """Return the variables of a deployed function; what the deployment fills in is named after the variable."""
    variables = cloud.function(spec.name)["Environment"]["Variables"]
    return {name: value if isinstance(value, str) else f"the-{name}" for name, value in variables.items()}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_handler_is_imported_from_the_unpacked_asset_alone(
    cloud: Templates, unpacked: Path, spec: FunctionSpec
) -> None:
    environment = environment_of(cloud, spec) | {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT, str(unpacked), spec.handler],
        cwd=unpacked.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    library = str(Path(json.__file__).parents[1])
    for file in json.loads(done.stdout):
        assert file.startswith((str(unpacked), library)), file
        assert "site-packages" not in file


def test_the_cloud_asset_is_for_arm64_and_python_3_13(cloud_asset: zipfile.ZipFile) -> None:
    libraries = [name for name in cloud_asset.namelist() if name.endswith(".so") or ".so." in name]

    assert any(name.startswith("_duckdb") for name in libraries)
    assert any(name.startswith("pydantic_core/") for name in libraries)
    for name in libraries:
        (machine,) = struct.unpack_from("<H", cloud_asset.read(name), 18)
        assert machine == AARCH64, name
        assert "cpython-313-aarch64" in name or ".abi3." in name or ".libs/" in name, name


def test_the_cloud_asset_fits_into_lambda(cloud_asset: zipfile.ZipFile) -> None:
    assert sum(entry.file_size for entry in cloud_asset.infolist()) < LAMBDA_LIMIT


def test_all_of_it_is_compiled_to_byte_code_that_lambda_trusts_unseen(cloud_asset: zipfile.ZipFile) -> None:
    names = set(cloud_asset.namelist())
    sources = [name for name in names if name.startswith("functions/") and name.endswith(".py")]

    for name in sources:
        folder, _, file = name.rpartition("/")
        code = cloud_asset.read(f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-313.pyc")
        magic, flags = struct.unpack_from("<H2xI", code)
        assert (magic, flags) == (PYTHON_313_MAGIC, UNCHECKED_HASH), name
    assert "botocore/__pycache__/client.cpython-313.pyc" in names


def test_the_cloud_asset_has_no_trace_of_a_clock_that_moves(cloud_asset: zipfile.ZipFile) -> None:
    for file in ("clock.py", "addresses.py", "tracing.py"):
        path = f"functions/shared/adapters/{file}"
        assert cloud_asset.read(path) == (CHECKOUT / path).read_bytes()
    for name in cloud_asset.namelist():
        if name.startswith(("functions/", "frontend/")):
            assert b"KLANKBORD_" not in cloud_asset.read(name), name


def test_the_cloud_asset_holds_the_functions_and_what_people_see_and_nothing_of_the_rest(
    cloud_asset: zipfile.ZipFile,
) -> None:
    names = cloud_asset.namelist()
    tops = {name.partition("/")[0] for name in names}

    assert not tops & {"infra", "tests", "examples", "bench", "docs", "bin", "ministack", "aws_cdk", "moto", "pytest"}
    assert "frontend/mail/mail.html" in names
    assert not [name for name in names if name.endswith(".mjml") or "/tests/" in name]


def test_the_local_asset_has_the_clock_that_moves_and_no_libraries(tmp_path: Path) -> None:
    with zipfile.ZipFile(build("local", tmp_path / "local.zip")) as archive:
        overlay = CHECKOUT / "infra/local/overlay/functions/shared/adapters/clock.py"

        assert archive.read("functions/shared/adapters/clock.py") == overlay.read_bytes()
        assert {name.partition("/")[0] for name in archive.namelist()} == {"functions", "frontend"}


def test_no_handler_loads_the_xray_sdk_on_one_machine(cloud: Templates, unpacked_local: Path) -> None:
    """It writes a file into /tmp as soon as it is loaded."""
    modules = sorted({spec.handler.rpartition(".")[0] for spec in FUNCTIONS})
    environment = {"KLANKBORD_LOCAL_DIR": "/nowhere"}
    for spec in FUNCTIONS:
        environment |= environment_of(cloud, spec)

    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {', '.join(modules)}; print('aws_xray_sdk' in sys.modules)"],
        cwd=unpacked_local,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "False", done.stderr


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (build("local", tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))

    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()


def test_every_library_in_the_cloud_asset_is_pure_or_for_arm64(cloud_asset: zipfile.ZipFile) -> None:
    tags = {
        line.removeprefix("Tag: ")
        for name in cloud_asset.namelist()
        if name.endswith(".dist-info/WHEEL")
        for line in cloud_asset.read(name).decode().splitlines()
        if line.startswith("Tag: ")
    }

    assert not [tag for tag in tags if not tag.endswith(("-none-any", "_aarch64"))]
