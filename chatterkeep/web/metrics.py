"""Prometheus metrics, right under several worker processes (PROMETHEUS_MULTIPROC_DIR, set by gunicorn.conf.py)."""

import time
from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client import values as prometheus_values
from prometheus_client.multiprocess import MultiProcessCollector

from chatterkeep.web import access
from chatterkeep.web.logs import route

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS: Final = Counter("chatterkeep_requests_total", "Requests answered.", ["route", "method", "status"])
LATENCY: Final = Histogram("chatterkeep_request_seconds", "Time from request to answer.", ["route"], buckets=_BUCKETS)
TURNS: Final = Counter("chatterkeep_turns_total", "Messages taken through a flow.", ["channel", "result"])
SESSIONS: Final = Counter("chatterkeep_sessions_total", "Sessions opened.", ["channel"])
ERRORS: Final = Counter("chatterkeep_errors_total", "Requests answered with an error of ours.", ["route", "status"])


def init(app: Flask) -> None:
    """Count and time requests; serve the sums at /metrics."""

    @app.after_request
    def count(response: Response) -> Response:
        requests, latency = _meters(route(), _method(), response.status_code)
        requests.inc()
        latency.observe(time.perf_counter() - g.started)
        if response.status_code >= 500:
            ERRORS.labels(route(), str(response.status_code)).inc()
        return response

    @app.get("/metrics")
    @access.public
    def metrics() -> Response:
        return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _method() -> str:
    """The method of this request; those that callers make up are counted together, else they would grow for ever."""
    return request.method if request.method in _METHODS else "other"


@lru_cache(maxsize=1024)
def _meters(pattern: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """What counts and times such requests. Kept: finding them by their labels takes longer than counting."""
    return REQUESTS.labels(pattern, method, str(status)), LATENCY.labels(pattern)


def _registry() -> CollectorRegistry:
    """The sums over all workers where gunicorn runs several, else those of this process."""
    if not _is_shared():
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _is_shared() -> bool:
    return str(prometheus_values.ValueClass.__name__) == "MmapedValue"
