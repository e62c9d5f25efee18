"""Tells by the audit which settings were changed since the last start: their names, never their values."""

import logging
from collections.abc import Mapping
from datetime import datetime

from chatterkeep.domain.audit import SERVER, Action, Entry
from chatterkeep.storage import audit, known_settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database

log = logging.getLogger(__name__)


class KnownSettings:
    """Compares the settings with those of the last start. `values` has them all by name, the secret ones too."""

    def __init__(self, database: Database, vault: Vault, values: Mapping[str, str]) -> None:
        self._database = database
        self._vault = vault
        self._marks = {name: known_settings.mark(vault, name, value) for name, value in values.items()}

    def note(self, now: datetime) -> None:
        """Leave one entry for each setting that has another value than at the last start.

        Each worker calls this; who comes after the first finds nothing changed. The first start of all leaves none,
        nor does a setting that is new or gone with a version. A start never fails for it.
        """
        try:
            with self._database.read() as connection:
                if known_settings.read(connection) == self._marks:
                    return
            with self._database.write() as connection:
                known = known_settings.read_alone(connection)
                for name in sorted(name for name, mark in self._marks.items() if known.get(name, mark) != mark):
                    audit.add(connection, self._vault, Entry(SERVER, Action.SETTING_CHANGED, name, "", now))
                known_settings.replace(connection, self._marks)
        except Exception as error:  # whatever it is, such as tables that are not there yet: health tells of it
            log.warning("settings.not_compared", extra={"error": type(error).__name__})
