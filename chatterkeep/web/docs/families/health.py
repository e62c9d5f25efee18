"""How the service is: for balancers, monitors and those who look after it."""

from typing import Final

from chatterkeep import __version__
from chatterkeep.services.health import RESTING
from chatterkeep.web.api.status import WellbeingWire
from chatterkeep.web.docs.operation import Example, Family, Operation
from chatterkeep.web.health import AliveWire, HealthWire

_ALIVE: Final[AliveWire] = {"ok": True}
_HEALTHY: Final[HealthWire] = {
    "ok": True,
    "status": "healthy",
    "version": __version__,
    "uptime": 42.5,
    "checks": {"database": "ok", "migrations": "ok", "keys": "ok"},
}
_UNHEALTHY: Final[HealthWire] = {
    **_HEALTHY,
    "ok": False,
    "status": "unhealthy",
    "checks": {
        "database": "ok",
        "migrations": "The database has no tables yet. Run: flask db upgrade",
        "keys": "not checked",
    },
}
_ALIVE_SHOWN: Final = Example(answer=_ALIVE)
_HEALTHY_SHOWN: Final = Example(title="Healthy", answer=_HEALTHY)
UNHEALTHY: Final = Example(title="Unhealthy", status=503, answer=_UNHEALTHY)
_METRICS_SHOWN: Final = Example(answer='chatterkeep_turns_total{channel="sms",result="stored"} 3.0\n')

_RESTING: Final[WellbeingWire] = {
    "status": "degraded",
    "version": __version__,
    "uptime": 42.5,
    "checks": {**_HEALTHY["checks"], "model": RESTING, "counters": "ok"},
}
_WELL: Final[WellbeingWire] = {**_RESTING, "status": "ok", "checks": {**_RESTING["checks"], "model": "ok"}}
_DOWN: Final[WellbeingWire] = {
    **_WELL,
    "status": "down",
    "checks": {**_UNHEALTHY["checks"], "model": "ok", "counters": "ok"},
}

_ANSWERS: Final = {200: ("Health",), 503: ("Health",)}
_OPERATIONS: Final = (
    Operation(
        endpoint="readyz",
        name="Ask whether it is ready",
        group="Health",
        answers=_ANSWERS,
        examples=(_HEALTHY_SHOWN, UNHEALTHY),
    ),
    Operation(
        endpoint="health",
        name="Look how it is",
        group="Health",
        answers=_ANSWERS,
        examples=(_HEALTHY_SHOWN, UNHEALTHY),
    ),
    Operation(
        endpoint="status.show_status",
        name="Look how it is, in one word",
        group="Health",
        answers={200: ("Wellbeing",), 503: ("Wellbeing",)},
        examples=(Example(title="All is well", answer=_WELL), Example(title="Down", status=503, answer=_DOWN)),
        more="It is degraded while messages are taken, and the language model or the shared counters fail.",
    ),
    Operation(
        endpoint="livez",
        name="Ask whether it is alive",
        group="Health",
        answers={200: ("Alive",)},
        examples=(_ALIVE_SHOWN,),
    ),
    Operation(
        endpoint="metrics",
        name="Read the metrics",
        group="Health",
        answers={200: ("Metrics",)},
        media="text/plain",
        more="Prometheus text: the sums over all workers of this machine.",
        examples=(_METRICS_SHOWN,),
    ),
)

HEALTH: Final = Family(
    operations=_OPERATIONS,
    answered=(AliveWire, HealthWire, WellbeingWire),
    texts={"Metrics": "Samples in the text format of Prometheus."},
)
