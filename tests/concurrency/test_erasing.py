"""Erasures while everybody writes: no error, nothing left, and nobody else loses a word."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from uuid import uuid4

from tests.concurrency.conftest import Busy
from tests.make import make_phone

ERASURES = 50
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_fifty_erasures_under_load_fail_for_nobody(busy: Busy) -> None:
    over = threading.Event()
    statuses: list[int] = []
    said: dict[str, int] = {}

    def chatter(number: int) -> None:
        phone = make_phone()
        while not over.is_set():
            statuses.append(busy.post({"phone": phone, "message": f"words {number}"}).status)
            said[phone] = said.get(phone, 0) + 1

    def erase(number: int) -> None:
        page = _post(busy, "/", phone=make_phone())
        for _ in range(3):
            _post(busy, f"{page}/messages", text="hello")
        receipt = str(uuid4())
        assert _post(busy, f"{page}/erase", word="erase", receipt=receipt) == f"/erased/{receipt}"
        statuses.append(busy.server.get(f"/erased/{receipt}").status)
        assert busy.server.get(page).status == 404

    talking = [threading.Thread(target=chatter, args=(number,)) for number in range(4)]
    for thread in talking:
        thread.start()
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(erase, range(ERASURES)))
    over.set()
    for thread in talking:
        thread.join()
    assert set(statuses) == {200}
    for phone, count in said.items():
        assert len(busy.history(phone)) == 2 * count


def _post(busy: Busy, path: str, **fields: str) -> str:
    answer = busy.server.ask("POST", path, urlencode(fields).encode(), FORM)
    assert answer.status == 303, answer.status
    return answer.headers["Location"]
