"""Keys that stand in the documentation are known to everybody, so they are refused wherever they are used."""

import base64
import re
from pathlib import Path

import pytest

from chatterkeep.domain.weakness import is_published
from chatterkeep.storage.keyfile import UnusableKeys, read_key_file
from tests.docs.texts import PAGES, ROOT, blocks

_KEY = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{43}=(?!=)")
_CHANNEL_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]{24,88}={0,2})")


def test_every_key_on_a_page_is_refused() -> None:
    texts = [path.read_text() for path in (*PAGES, ROOT / ".env.example", ROOT / "compose.yaml")]
    found = [key for text in texts for pattern in (_KEY, _CHANNEL_SECRET) for key in pattern.findall(text)]
    assert len(found) >= 4
    assert [key for key in found if not is_published(base64.b64decode(key))] == []


def test_the_example_of_a_key_file_is_refused(tmp_path: Path) -> None:
    [sample] = [
        b.text for b in blocks(ROOT / "docs" / "operations.md") if b.language == "json" and "wrapping" in b.text
    ]
    path = tmp_path / "keys.json"
    path.write_text(sample)
    path.chmod(0o600)
    with pytest.raises(UnusableKeys, match="an example of the documentation"):
        read_key_file(path)
