"""The drawing of a flow."""

from chatterkeep.flows.diagram import mermaid
from chatterkeep.flows.loader import load_flows


def test_a_drawing_shows_every_state_and_every_arrow() -> None:
    drawn = mermaid(load_flows()["greeting"]).splitlines()
    assert drawn[:2] == ["stateDiagram-v2", "    [*] --> INITIAL"]
    assert "    INITIAL --> AWAITING_NAME: hello" in drawn
    assert "    AWAITING_SONG --> COMPLETE: anything (kept as song)" in drawn
    assert drawn[-1] == "    COMPLETE --> [*]"
