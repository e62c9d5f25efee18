"""Mistakes in a dialogue: each is a sentence that names the file and the state."""

import pytest

from chatterkeep.domain.flow import State, fill
from tests.make import make_flow, make_state, make_transition

END = make_state(name="END", final=True)


def state(*transitions: object, **changes: object) -> State:
    return make_state(transitions=transitions, **changes)


def test_a_sound_flow_has_no_problems() -> None:
    assert make_flow().problems() == []


MISTAKES = {
    "an unknown target": (
        (state(make_transition(to="NOWHERE"), make_transition()), END),
        "state 'START' leads to the unknown state 'NOWHERE'.",
    ),
    "a dead end": (
        (state(make_transition(to="START")),),
        "state 'START' is a dead end: nothing leads out of it, and it is not final.",
    ),
    "an unreachable state": (
        (make_state(), END, make_state(name="ISLAND")),
        "state 'ISLAND' can never be reached.",
    ),
    "nothing said": (
        (state(make_transition(reply=())), END),
        "state 'START' has a transition without a reply text.",
    ),
    "a blank said": (
        (state(make_transition(reply=("Fine.", "  "))), END),
        "state 'START' has a transition without a reply text.",
    ),
    "no answer for the unexpected": (
        (state(make_transition(says=frozenset({"hello"}))), END),
        "state 'START' has no answer for unexpected messages: add a transition without 'says'.",
    ),
    "an unknown placeholder": (
        (state(make_transition(reply=("Hello {name}.",))), END),
        "state 'START' says {name}, but no transition saves an answer of that name.",
    ),
    "a keyword taken": (
        (state(make_transition(says=frozenset({"restart"})), make_transition()), END),
        "state 'START' listens for 'restart', which is a keyword that works everywhere.",
    ),
}


@pytest.mark.parametrize(("states", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_and_state(states: tuple[State, ...], sentence: str) -> None:
    assert f"test.toml: {sentence}" in make_flow(states=states).problems()


def test_a_start_that_is_no_state_is_told() -> None:
    assert make_flow(start="GONE").problems() == ["test.toml: the start state 'GONE' is not defined."]


@pytest.mark.parametrize("what", ["help", "restart"])
def test_a_missing_text_is_told(what: str) -> None:
    assert make_flow(**{what: " "}).problems() == [f"test.toml: {what!r} has no text."]


def test_every_mistake_is_told_at_once() -> None:
    flow = make_flow(states=(state(make_transition(to="NOWHERE", reply=())),), help="")
    assert len(flow.problems()) == 3


def test_a_placeholder_saved_by_any_state_may_be_used() -> None:
    asking = state(make_transition(save="name", reply=("Hello {name}.",)))
    assert make_flow(states=(asking, END)).problems() == []


def test_a_flow_answered_by_a_person_needs_no_words() -> None:
    assert make_flow(states=(state(),), human=True, help="", restart="").problems() == []


def test_what_a_person_typed_is_no_template() -> None:
    assert fill("Hello {name}: {song}.", {"name": "{song}", "song": "{name}"}) == "Hello {song}: {name}."


def test_a_placeholder_without_an_answer_stays_as_it_is() -> None:
    assert fill("Hello {name}.", {}) == "Hello {name}."
