"""A dialogue file becomes a checked flow, or a sentence that says what is wrong with it."""

from pathlib import Path

import pytest

from chatterkeep.domain.errors import InvalidFlow
from chatterkeep.flows.loader import load_flow, load_flows

SOUND = """
start = "ASK"
help = "Say yes."
restart = "Again."

[[states.ASK.transitions]]
says = ["  YES ", "of  course"]
reply = ["Good.", "Very good."]
to = "DONE"

[[states.ASK.transitions]]
reply = "Yes?"
to = "ASK"

[states.DONE]
final = true

[[states.DONE.transitions]]
reply = "Done."
to = "DONE"
"""


def write(folder: Path, text: str, name: str = "yes.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def problems(path: Path) -> str:
    with pytest.raises(InvalidFlow) as refused:
        load_flow(path)
    return "\n".join(refused.value.problems)


def test_the_built_in_flows_are_sound() -> None:
    assert {"greeting", "support"} <= set(load_flows())


def test_a_file_without_a_name_is_called_as_the_file(tmp_path: Path) -> None:
    assert load_flow(write(tmp_path, SOUND)).name == "yes"


def test_phrases_are_folded_when_they_are_read(tmp_path: Path) -> None:
    ask = load_flow(write(tmp_path, SOUND)).states["ASK"]
    assert ask.transitions[0].says == {"yes", "of course"}


def test_a_reply_may_have_several_lines(tmp_path: Path) -> None:
    assert load_flow(write(tmp_path, SOUND)).states["ASK"].transitions[0].reply == ("Good.", "Very good.")


def test_the_version_changes_with_the_file(tmp_path: Path) -> None:
    first = load_flow(write(tmp_path, SOUND)).version
    assert load_flow(write(tmp_path, SOUND + "# later")).version != first


def test_flows_of_ones_own_come_beside_the_built_in_ones(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    assert set(load_flows(tmp_path)) == {*load_flows(), "yes"}


def test_a_flow_of_ones_own_replaces_a_built_in_one(tmp_path: Path) -> None:
    write(tmp_path, 'name = "greeting"\n' + SOUND)
    assert load_flows(tmp_path)["greeting"].start == "ASK"


SHAPES = {
    "not TOML": ("start = ", "is not valid TOML"),
    "no states": ('start = "A"', "there is no [states.…] table."),
    "states are no table": ('start = "A"\nstates = 5', "there is no [states.…] table."),
    "no start": ("[states.A]", "the flow has no 'start'."),
    "an unknown key": ('start = "A"\ncolour = "red"\n[states.A]', "the flow has the unknown key 'colour'"),
    "an unknown key of a state": ('start = "A"\n[states.A]\nsay = "x"', "state 'A' has the unknown key 'say'"),
    "a state that is no table": ('start = "A"\n[states]\nA = 5', "state 'A' is not a table."),
    "a single transition": (
        'start = "A"\n[states.A.transitions]\nto = "A"',
        "state 'A': transitions are written as [[states.A.transitions]].",
    ),
    "a transition that is no table": (
        'start = "A"\n[states.A]\ntransitions = [5]',
        "state 'A' has a transition that is not a table.",
    ),
    "a transition to nowhere": ('start = "A"\n[[states.A.transitions]]\nreply = "x"', "state 'A' has no 'to'."),
    "a number for a text": ("start = 5\n[states.A]", "the flow: 'start' must be a text."),
    "a number for texts": (
        'start = "A"\n[[states.A.transitions]]\nto = "A"\nreply = [5]',
        "state 'A': 'reply' must be a text or a list of texts.",
    ),
    "a text for a flag": ('start = "A"\n[states.A]\nfinal = "yes"', "state 'A': 'final' must be true or false."),
    "an answerer nobody knows": (
        'start = "A"\nanswered_by = "cat"\n[states.A]',
        "answered_by is 'cat'; it may be 'bot' or 'human'.",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), SHAPES.values(), ids=SHAPES)
def test_a_wrong_shape_is_told_with_its_file(text: str, sentence: str, tmp_path: Path) -> None:
    told = problems(write(tmp_path, text))
    assert told.startswith(str(tmp_path / "yes.toml"))
    assert sentence in told


def test_a_mistake_in_the_dialogue_is_told_with_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace('to = "DONE"', 'to = "DONNE"'))
    assert f"{path}: state 'ASK' leads to the unknown state 'DONNE'." in problems(path)


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "start = ", "one.toml")
    write(tmp_path, "start = 5\n[states.A]", "two.toml")
    with pytest.raises(InvalidFlow) as refused:
        load_flows(tmp_path)
    assert len(refused.value.problems) == 2


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidFlow, match="does not exist"):
        load_flows(tmp_path / "nowhere")


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "yes.toml"
    path.write_bytes(b"start = \xff")
    assert "is not valid TOML" in problems(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "yes.toml"
    path.mkdir()
    assert "cannot be read" in problems(path)
