"""A real server is hurt under load; what was acknowledged is there, once, and answered, once."""

import random

import pytest
from sqlalchemy import Engine

from chatterkeep.settings import Settings
from tests.chaos.faults import Plan, freeze_worker, kill_worker, kill_writer, until
from tests.chaos.run import Stage, rehearse
from tests.chaos.sabotage import SABOTAGE
from tests.chaos.site import Site
from tests.chaos.stored import being_written, leased, unended

pytestmark = [pytest.mark.xdist_group("concurrency"), pytest.mark.slow]

PHONES = 16


def test_workers_that_die_or_freeze_while_they_write_lose_nothing_and_say_nothing_twice(settings: Settings) -> None:
    kills = Plan("kill -9 of a worker", kill_worker, 6, (0.2, 0.8))
    writer = Plan("kill -9 of a worker that writes", kill_writer, 1, (0.2, 0.8))
    freezes = Plan("SIGSTOP of a worker", freeze_worker, 1, (0.2, 0.8))
    report = rehearse(Stage(settings), kills, writer, freezes)
    assert report.violations == []
    assert report.left, "no worker was writing when it was hurt"
    assert report.left <= report.taken_over, "nobody took over what a worker had left"


def test_a_server_that_is_restarted_under_load_leaves_nobody_without_an_answer(
    settings: Settings, engine: Engine
) -> None:
    left, held = [], []

    def restart_and_look(site: Site, dice: random.Random) -> None:
        assert until(lambda: sum(map(len, being_written(engine).values())) >= PHONES / 2), "too little is written"
        site.stop()
        left.append(unended(engine))
        held.append(leased(engine))
        site.start()

    stage = Stage(settings, phones=PHONES, slowest=5.0)  # so long that not all end while the server does
    report = rehearse(stage, Plan("SIGTERM of the server", restart_and_look, 1, (1.5, 2.0)))
    assert report.violations == []
    assert report.retries, "nobody noticed"
    assert left != [0], "nothing was being written"
    assert held == [0], "a lease was not given back"


@pytest.mark.parametrize("build", SABOTAGE)
def test_a_broken_build_is_found_out(settings: Settings, build: str) -> None:
    assert SABOTAGE[build].found(Stage(settings))


def test_a_server_that_does_not_start_says_why(settings: Settings, engine: Engine) -> None:
    site = Site(settings.data_dir, 1, {"CHATTERKEEP_FLOW": "unheard-of"}, engine)
    with pytest.raises(RuntimeError, match="there is no flow"), site.running():
        raise AssertionError("it started")
