"""The domain is plain Python: importing it loads no framework."""

import subprocess
import sys

LOADED = (
    "import sys, chatterkeep.domain.turn, chatterkeep.domain.messages; print(*{n.split('.')[0] for n in sys.modules})"
)


def test_importing_the_domain_loads_no_framework() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert "phonenumbers" in loaded
    assert not {"flask", "sqlalchemy", "werkzeug", "sqlite3", "pydantic", "cryptography"} & set(loaded)
