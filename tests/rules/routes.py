"""Writes the list of routes anew: python -m tests.rules.routes"""

from pathlib import Path
from tempfile import TemporaryDirectory

from chatterkeep.app import create_app
from tests.make import make_settings
from tests.rules.test_routes import LIST, described


def main() -> None:
    with TemporaryDirectory() as folder:
        app = create_app(make_settings(data_dir=Path(folder)))
        routes = sorted(described(app, rule) for rule in app.url_map.iter_rules())
    LIST.write_text("\n".join(routes) + "\n")


if __name__ == "__main__":
    main()
