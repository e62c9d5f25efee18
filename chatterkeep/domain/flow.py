"""A dialogue as data: states, what is listened for, what is said, and where it goes next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from chatterkeep.domain.keywords import bare, find_keyword, normalise

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of a state.

    It is taken when the message is one of `says` (all other messages, if empty); where it is `loose`, whatever marks
    stand at its end. `save` keeps the message as an
    answer under that name; `reply` is said, with `{name}` replaced by saved answers; `to` is the next state. Where it
    is `generated`, an answerer replies instead: a language model, or `documents` where there is none.
    """

    to: str
    reply: tuple[str, ...]
    says: frozenset[str] = frozenset()
    save: str | None = None
    generated: bool = False
    documents: bool = False
    loose: bool = False

    def hears(self, text: str) -> bool:
        """Tell whether this transition answers the message."""
        said = normalise(text)
        return not self.says or said in self.says or (self.loose and bare(said) in self.says)


@dataclass(frozen=True, slots=True)
class State:
    """A place in the dialogue. `hint` tells a person what is expected here; `final` ends the dialogue."""

    name: str
    transitions: tuple[Transition, ...]
    hint: str = ""
    examples: tuple[str, ...] = ()
    final: bool = False

    @property
    def generates(self) -> bool:
        """Tell whether an answerer replies to some of the messages here."""
        return any(t.generated for t in self.transitions)

    def transition_for(self, text: str) -> Transition | None:
        """The first transition that hears the message; None where nobody listens (a person answers)."""
        return next((t for t in self.transitions if t.hears(text)), None)


@dataclass(frozen=True, slots=True)
class Flow:
    """An immutable dialogue. `version` is a digest of its file, so that a conversation knows which one it ran."""

    name: str
    start: str
    states: Mapping[str, State]
    summary: str = ""
    help: str = ""
    restart: str = ""
    human: bool = False
    version: str = ""
    source: str = field(default="", compare=False)

    @property
    def generates(self) -> bool:
        """Tell whether any of its replies is generated."""
        return any(state.generates for state in self.states.values())

    def without_answerer(self) -> "Flow":
        """The same dialogue where nobody generates replies: each transition says its own text."""
        states = {
            name: replace(state, transitions=tuple(replace(t, generated=False) for t in state.transitions))
            for name, state in self.states.items()
        }
        return replace(self, states=states)

    def without_model(self) -> "Flow":
        """The same dialogue where documents answer, and no model: each other transition says its own text."""
        states = {
            name: replace(
                state, transitions=tuple(replace(t, generated=t.generated and t.documents) for t in state.transitions)
            )
            for name, state in self.states.items()
        }
        return replace(self, states=states)

    def problems(self) -> list[str]:
        """Every mistake in the dialogue, each a sentence naming the file and the state; empty when it is sound."""
        if self.start not in self.states:
            return [f"{self.source}: the start state {self.start!r} is not defined."]
        return [f"{self.source}: {problem}" for problem in self._problems()]

    def _problems(self) -> Iterator[str]:
        for state in self.states.values():
            yield from self._problems_of(state)
        reachable = self._reachable()
        yield from (f"state {name!r} can never be reached." for name in self.states if name not in reachable)
        if not self.human:
            yield from (f"{what!r} has no text." for what in ("help", "restart") if not getattr(self, what).strip())

    def _problems_of(self, state: State) -> Iterator[str]:
        where = f"state {state.name!r}"
        for transition in state.transitions:
            yield from self._problems_of_transition(where, transition)
        if self.human:
            return
        if not any(not t.says for t in state.transitions):
            yield f"{where} has no answer for unexpected messages: add a transition without 'says'."
        if not state.final and not state.generates and all(t.to == state.name for t in state.transitions):
            yield f"{where} is a dead end: nothing leads out of it, and it is not final."

    def _problems_of_transition(self, where: str, transition: Transition) -> Iterator[str]:
        if transition.to not in self.states:
            yield f"{where} leads to the unknown state {transition.to!r}."
        if not transition.reply or not all(line.strip() for line in transition.reply):
            yield f"{where} has a transition without a reply text."
        saved = {t.save for s in self.states.values() for t in s.transitions}
        for line in transition.reply:
            for name in sorted(set(_PLACEHOLDER.findall(line)) - saved):
                yield f"{where} says {{{name}}}, but no transition saves an answer of that name."
        for phrase in sorted(p for p in transition.says if find_keyword(p)):
            yield f"{where} listens for {phrase!r}, which is a keyword that works everywhere."

    def _reachable(self) -> set[str]:
        seen: set[str] = set()
        todo = [self.start]
        while todo:
            name = todo.pop()
            if name in seen or name not in self.states:
                continue
            seen.add(name)
            todo.extend(t.to for t in self.states[name].transitions)
        return seen


def fill(line: str, answers: Mapping[str, str]) -> str:
    """Put saved answers into a line. What a person typed is never read as a template again."""
    return _PLACEHOLDER.sub(lambda match: answers.get(match[1], match[0]), line)
