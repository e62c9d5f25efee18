"""How long somebody is to wait, in words."""


def spoken_wait(seconds: int) -> str:
    """Return a time to wait in the unit that people think of it in, never too short: `1 second`, `50 minutes`."""
    if seconds <= 90:
        return _counted(seconds, "second")
    minutes = -(-seconds // 60)
    return _counted(minutes, "minute") if minutes <= 90 else _counted(-(-minutes // 60), "hour")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
