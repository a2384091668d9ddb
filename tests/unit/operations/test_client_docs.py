import re
import shutil
from pathlib import Path

from pydantic import BaseModel

from functions.shared.adapters.client_files import read_folder
from functions.shared.domain import client, dimension, questionnaire
from functions.shared.domain.interaction import FIELDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
PUBLISHED_ONLY = {"ClientBundle"}


def test_the_examples_on_the_page_are_a_whole_client(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n# (haven/\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for name, text in blocks:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for logo in ("logo.svg", "logo_dark.svg"):
        shutil.copy(ROOT / "examples" / "clients" / "vaart" / "brand" / logo, tmp_path / "haven" / "brand")

    bundle = read_folder(tmp_path / "haven")

    assert bundle.client.name == "Havenbank"
    assert len(blocks) == PAGE.count("```yaml") == 7


def test_every_key_of_a_client_folder_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z_]+", PAGE))
    for module in (client, dimension, questionnaire):
        for name, model in vars(module).items():
            if isinstance(model, type) and issubclass(model, BaseModel) and name not in PUBLISHED_ONLY:
                keys = {field.alias or key for key, field in model.model_fields.items()}
                assert keys <= words, (name, keys - words)
    assert set(FIELDS) <= words
