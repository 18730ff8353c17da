"""The program's own Python in a chat: reply functions, hooks, methods of subclasses. Called live, and never on replay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import pytest

from typedagents.autogen import ChatResult, ConversableAgent, replaying, using
from typedagents.autogen.layer.messages import Plain
from typedagents.core.handler import Call
from typedagents.core.model import CallModel
from typedagents.core.stop import PolicyStopped
from typedagents.interpreter.traces import TraceMemory
from typedagents.testing import scripted_model

Messages = Sequence[Mapping[str, object]]


@pytest.fixture(autouse=True)
def recorded() -> Iterator[None]:
    with using(store=TraceMemory()):
        yield


def agent(name: str, says: str | None = "") -> ConversableAgent:
    return ConversableAgent(name, human_input_mode="NEVER", default_auto_reply=says)


def contents(result: ChatResult) -> list[object]:
    return [one["content"] for one in result.chat_history]


def chat(a: ConversableAgent, b: ConversableAgent, turns: int = 1) -> ChatResult:
    return a.initiate_chat(b, message="hello", max_turns=turns, silent=True)


def test_a_reply_function_sees_the_conversation_from_its_side() -> None:
    seen: list[object] = []

    def reply(
        recipient: ConversableAgent, messages: list[Plain], sender: ConversableAgent, config: dict[str, int]
    ) -> tuple[bool, str]:
        seen.append((recipient.name, messages, sender.name, recipient.chat_messages[sender], config))
        return True, f"{len(messages)}"

    a, b = agent("a"), agent("b")
    b.register_reply(ConversableAgent, reply, config={"x": 1})
    assert contents(chat(a, b, 2)) == ["hello", "1", "", "3"]
    said = [{"content": "hello", "role": "user", "name": "a"}]
    assert seen[0] == ("b", said, "a", said, {"x": 1})


def test_what_is_not_final_is_left_out() -> None:
    a, b = agent("a"), agent("b", "fixed")
    b.register_reply(ConversableAgent, lambda recipient, messages, sender, config: (False, "not this"))
    assert contents(chat(a, b)) == ["hello", "fixed"]
    b.register_reply(ConversableAgent, lambda recipient, messages, sender, config: (True, None))
    result = chat(a, b)
    assert contents(result) == ["hello"]
    assert result.stop_reason == PolicyStopped("b", "b has no reply")


def test_the_last_one_registered_is_asked_first() -> None:
    a, b = agent("a"), agent("b")
    for words in ("one", "two"):
        b.register_reply(
            [ConversableAgent], lambda recipient, messages, sender, config, words=words: (True, words)
        )
    b.register_reply("a", lambda recipient, messages, sender, config: (True, "late"), position=2)
    assert contents(chat(a, b)) == ["hello", "two"]
    b.register_reply("c", lambda recipient, messages, sender, config: (True, "other"))
    assert contents(chat(a, b)) == ["hello", "two"]
    b.register_reply(
        lambda sender: sender is a,
        lambda recipient, messages, sender, config: (True, "alone"),
        remove_other_reply_funcs=True,
    )
    assert contents(chat(a, b)) == ["hello", "alone"]
    assert len(b._reply_func_list) == 1


def test_triggers() -> None:
    a, b = agent("a"), agent("b")
    for trigger in (a, "a", ConversableAgent, lambda sender: sender is a, [b, a], [None, "a"]):
        b = agent("b")
        b.register_reply(trigger, lambda recipient, messages, sender, config: (True, "yes"))
        assert contents(chat(a, b)) == ["hello", "yes"]
    b = agent("b")
    b.register_reply([agent("a2"), agent("a3")], lambda recipient, messages, sender, config: (True, "yes"))
    assert contents(chat(a, b)) == ["hello", ""]
    with pytest.raises(ValueError, match="trigger"):
        b.register_reply(1, lambda recipient, messages, sender, config: (True, "yes"))
    b.register_reply(lambda sender: 1, lambda recipient, messages, sender, config: (True, "yes"))
    with pytest.raises(AssertionError, match="True or False"):
        chat(a, b)


def test_an_error_of_the_programs_is_raised_as_it_is() -> None:
    def broken(*args: object, **kwargs: object) -> object:
        raise LookupError("mine")

    a, b = agent("a"), agent("b")
    b.register_reply(ConversableAgent, broken)
    with pytest.raises(LookupError, match="mine"):
        chat(a, b)


def test_async_reply_functions() -> None:
    async def reply(recipient: object, messages: object, sender: object, config: object) -> tuple[bool, str]:
        await asyncio.sleep(0)
        return True, "async"

    a, b = agent("a"), agent("b")
    b.register_reply(ConversableAgent, reply)
    with pytest.raises(RuntimeError, match=r"test_async_reply_functions\.<locals>\.reply"):
        chat(a, b)
    result = asyncio.run(a.a_initiate_chat(b, message="hello", max_turns=1, silent=True))
    assert contents(result) == ["hello", "async"]
    b = agent("b", "sync")
    b.register_reply(ConversableAgent, reply, ignore_async_in_sync_chat=True)
    assert contents(chat(a, b)) == ["hello", "sync"]


def test_hooks() -> None:
    order: list[str] = []

    def last(content: str) -> str:
        order.append("last")
        return f"{content}!"

    def every(messages: list[Plain]) -> list[Plain]:
        order.append("every")
        return [{"content": "before", "role": "user"}, *messages]

    def send(
        *, sender: ConversableAgent, message: object, recipient: ConversableAgent, silent: bool
    ) -> object:
        order.append("send")
        return f"{sender.name} to {recipient.name}: {message}"

    def state(agent: ConversableAgent, messages: list[Plain]) -> None:
        order.append("state")
        agent.update_system_message(f"system {len(messages)}")

    a, b = agent("a"), ConversableAgent("b", human_input_mode="NEVER", llm_config={"model": "m"})
    b.register_hook("process_last_received_message", last)
    b.register_hook("process_all_messages_before_reply", every)
    b.register_hook("process_message_before_send", send)
    b.register_hook("update_agent_state_before_reply", state)
    model = scripted_model("one", "two")
    with using(models=model, name="hooked"):
        result = chat(a, b, 2)
    assert contents(result) == ["hello", "b to a: one", "", "b to a: two"]
    assert [one.text for one in model.asked[0].transcript] == ["before", "hello!"]
    assert [one.instructions.text for one in model.asked if one.instructions] == ["system 1", "system 3"]
    assert order == ["state", "last", "every", "send"] * 2
    b.update_system_message("You are a helpful AI Assistant.")
    with replaying("hooked"):
        assert contents(chat(a, b, 2)) == contents(result)
    assert len(order) == 8
    with pytest.raises(AssertionError, match="no hook is named"):
        b.register_hook("other", last)
    with pytest.raises(AssertionError, match="already"):
        b.register_hook("process_last_received_message", last)


class Shouts(ConversableAgent):
    """Answers in its own way."""

    def generate_reply(
        self, messages: Messages | None = None, sender: ConversableAgent | None = None, **kwargs: object
    ) -> str:
        return "".join(str(one["content"]) for one in messages or ()).upper()


class Counts(ConversableAgent):
    """Calls functions in its own way."""

    def execute_function(
        self,
        func_call: Mapping[str, object],
        call_id: str | None = None,
        verbose: bool = False,  # noqa: FBT001, FBT002  # AutoGen's signature
    ) -> tuple[bool, Plain]:
        return True, {"name": func_call["name"], "role": "function", "content": f"mine {call_id}"}


def test_methods_of_subclasses() -> None:
    a = agent("a")
    assert contents(chat(a, Shouts("b", human_input_mode="NEVER"))) == ["hello", "HELLO"]
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    counts = Counts("b", human_input_mode="NEVER")
    result = a.initiate_chat(counts, message={"tool_calls": [call]}, max_turns=1, silent=True)
    assert result.chat_history[1]["content"] == "mine c"


class Tells(ConversableAgent):
    """Sends and receives in its own way."""

    def send(
        self,
        message: object,
        recipient: ConversableAgent,
        request_reply: bool | None = None,  # noqa: FBT001  # AutoGen's signature
        silent: bool | None = False,  # noqa: FBT001, FBT002  # AutoGen's signature
    ) -> None:
        if message != "secret":
            super().send(f"sent {message}", recipient, request_reply, silent)

    def receive(
        self,
        message: object,
        sender: ConversableAgent,
        request_reply: bool | None = None,  # noqa: FBT001  # AutoGen's signature
        silent: bool | None = False,  # noqa: FBT001, FBT002  # AutoGen's signature
    ) -> None:
        super().receive(f"received {message}", sender, request_reply, silent)


def test_subclasses_that_send_and_receive_in_their_own_way() -> None:
    tells = Tells("b", human_input_mode="NEVER", default_auto_reply="yes")
    with using(name="ways"):
        result = chat(agent("a"), tells)
    assert contents(result) == ["received hello", "sent yes"]
    with replaying("ways"):
        assert contents(chat(agent("a"), tells)) == contents(result)
    tells.default_auto_reply = "secret"
    assert contents(chat(agent("a"), tells)) == ["received hello"]
    a = agent("a")
    tells.send("hi", a)
    assert a.last_message(tells) == {"content": "sent hi", "role": "user", "name": "b"}


def test_what_changes_the_system_message_changes_the_next_call() -> None:
    b = ConversableAgent("b", human_input_mode="NEVER", llm_config={"model": "m"}, system_message="first")

    def learn() -> str:
        b.update_system_message("second")
        return "learnt"

    a = ConversableAgent("a", human_input_mode="NEVER", function_map={"learn": learn})
    call = {"id": "c", "type": "function", "function": {"name": "learn", "arguments": "{}"}}
    b.register_reply(
        "a", lambda recipient, messages, sender, config: (len(messages) == 1, {"tool_calls": [call]})
    )
    model = scripted_model("done")
    with using(models=model, name="s"):
        result = chat(a, b, 2)
    assert [one.instructions.text for one in model.asked if one.instructions] == ["second"]
    b.update_system_message("first")
    with replaying("s"):
        assert contents(chat(a, b, 2)) == contents(result)


def test_a_replay_calls_nothing() -> None:
    called: list[str] = []

    def reply(recipient: object, messages: object, sender: object, config: object) -> tuple[bool, str]:
        called.append("reply")
        return True, "said"

    def opening(sender: ConversableAgent, recipient: ConversableAgent, context: Mapping[str, object]) -> str:
        called.append("opening")
        return f"{sender.name} and {recipient.name}: {context['x']}"

    def summary(sender: ConversableAgent, recipient: ConversableAgent, args: Mapping[str, object]) -> str:
        called.append("summary")
        return f"{len(sender.chat_messages[recipient])} {args}"

    def held() -> ChatResult:
        a, b = agent("a"), agent("b")
        b.register_reply(ConversableAgent, reply)
        return a.initiate_chat(
            b, message=opening, x=1, max_turns=1, summary_method=summary, summary_args={"y": 2}, silent=True
        )

    with using(name="live"):
        result = held()
    assert contents(result) == ["a and b: 1", "said"]
    assert result.summary == "2 {'y': 2}"
    assert called == ["opening", "reply", "summary"]
    with replaying("live"):
        again = held()
    assert (contents(again), again.summary) == (contents(result), result.summary)
    assert called == ["opening", "reply", "summary"]


def test_exclude() -> None:
    b = ConversableAgent("b", human_input_mode="NEVER", llm_config={"model": "m"}, default_auto_reply="auto")

    def reply(
        recipient: ConversableAgent, messages: Messages, sender: object, config: object
    ) -> tuple[bool, object]:
        return True, f"wrapped {recipient.generate_reply(messages=messages, exclude=[reply])}"

    b.register_reply([ConversableAgent, None], reply)
    with using(models=scripted_model("inner", "alone")):
        assert b.generate_reply(messages=[{"content": "hi", "role": "user"}]) == "wrapped inner"
        messages = [{"content": "hi", "role": "user"}]
        assert (
            b.generate_reply(messages=messages, exclude=[reply, ConversableAgent.generate_oai_reply])
            == "auto"
        )
        assert b.generate_oai_reply(messages=messages) == (True, "alone")
        assert agent("c").generate_oai_reply(messages=messages) == (False, None)


def test_a_hundred_chats_at_once() -> None:
    class Echo:
        async def complete(self, request: CallModel, call: Call) -> object:
            await asyncio.sleep(0)
            return scripted_model(f"echo {request.transcript[0].text}").complete(request, call)

    a, b = agent("a"), ConversableAgent("b", human_input_mode="NEVER", llm_config={"model": "m"})
    seen: list[bool] = []

    def reply(
        recipient: ConversableAgent, messages: Messages, sender: ConversableAgent, config: object
    ) -> tuple[bool, None]:
        seen.append(recipient.chat_messages[sender] == messages)
        return False, None

    b.register_reply(ConversableAgent, reply)

    async def all_of_them() -> list[ChatResult]:
        chats = [a.a_initiate_chat(b, message=f"{i}", max_turns=2, silent=True) for i in range(100)]
        return await asyncio.gather(*chats)

    with using(models=Echo(), store=None):  # type: ignore[arg-type]  # what it answers is proved when it does
        results = asyncio.run(all_of_them())
    for i, result in enumerate(results):
        assert contents(result) == [f"{i}", f"echo {i}", "", f"echo {i}"]
    assert len(seen) == 200
    assert all(seen)
