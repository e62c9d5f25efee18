"""Draws a flow as a Mermaid state diagram (https://mermaid.js.org/syntax/stateDiagram.html)."""

from chatterkeep.domain.flow import Flow, Transition


def mermaid(flow: Flow) -> str:
    """Return the flow as Mermaid text: every state, every transition, with what is listened for on the arrow."""
    lines = ["stateDiagram-v2", f"    [*] --> {flow.start}"]
    for state in flow.states.values():
        lines += [f"    {state.name} --> {t.to}: {_heard(t)}" for t in state.transitions]
        if state.final:
            lines.append(f"    {state.name} --> [*]")
    return "\n".join(lines)


def _heard(transition: Transition) -> str:
    heard = " / ".join(sorted(transition.says)) or "anything"
    return f"{heard} (kept as {transition.save})" if transition.save else heard
