r"""A proxy that works out mathematical problems with an assistant: it runs the Python and the Wolfram queries of its messages.

What ran without complaint is run again before the next code, without what it printed, so that variables stay. The
answer is what the assistant puts into a ``\boxed{...}``.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final

from typedagents.autogen.agentchat.agent import LLMAgent
from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.user_proxy_agent import UserProxyAgent
from typedagents.autogen.code_utils import UNKNOWN, extract_code
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.layer.ag2.asking import beside
from typedagents.autogen.layer.agentchat.describing import HumanInputMode, Terminal
from typedagents.autogen.layer.messages import Said, text_of
from typedagents.autogen.layer.wolfram import WolframAlphaAPIWrapper
from typedagents.autogen.math_utils import get_answer

__all__ = ["DEFAULT_REPLY", "PROMPTS", "MathUserProxyAgent", "WolframAlphaAPIWrapper"]

BOXED: Final = r"When you know the answer, put it in \boxed{}."
DEFAULT_REPLY: Final = f"Go on, until there is something to run, or the answer. {BOXED}"
_PYTHON: Final = (
    "Solve the problem with Python, step by step. Write each step as one block of code, and print what you want to know. "
    "Answers are exact: use fractions and roots rather than decimals. I run the block and show you what it printed. "
    f"If that makes no sense, look for the mistake before you go on. {BOXED}"
)
PROMPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default": f"Solve the problem. Where it is easier to compute than to think, do it in code. {_PYTHON}",
        "python": _PYTHON,
        "two_tools": f"Besides Python you may ask Wolfram|Alpha: write the query as a block labelled wolfram. {_PYTHON}",
    }
)
PROBLEM: Final = "\n\nThe problem: "
LONGEST: Final = 2000
PLACE: Final = 2
NOTHING: Final = "Nothing was printed."
PRINT_IT: Final = f"{NOTHING} Print what you want to know."
TOO_LONG: Final = "What was printed is too long to read. Look for a mistake, and ask for less."
THINK_AGAIN: Final = "This has failed several times. Read the problem again, and try another way."


class MathUserProxyAgent(UserProxyAgent):
    """See the module's text. ``max_invalid_q_per_step``: after so many failures it says to try another way."""

    MAX_CONSECUTIVE_AUTO_REPLY: ClassVar[int] = 15

    def __init__(
        self,
        name: str | None = "MathChatAgent",
        is_termination_msg: Terminal | None = None,
        human_input_mode: HumanInputMode = "NEVER",
        default_auto_reply: Said | None = DEFAULT_REPLY,
        max_invalid_q_per_step: int = 3,
        **kwargs: object,
    ) -> None:
        super().__init__(
            name or "MathChatAgent",
            is_termination_msg=_is_answer if is_termination_msg is None else is_termination_msg,
            human_input_mode=human_input_mode,
            default_auto_reply=default_auto_reply,
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )
        self._most = max_invalid_q_per_step
        self._failed = 0
        self._before = ""
        self.register_reply([LLMAgent, None], MathUserProxyAgent._generate_math_reply, position=PLACE)

    @staticmethod
    def message_generator(
        sender: MathUserProxyAgent, recipient: ConversableAgent | None, context: Mapping[str, object]
    ) -> str:
        """The first message of a chat about ``context["problem"]``: a prompt, by ``prompt_type`` or ``customized_prompt``."""
        del recipient
        sender.forget()
        own, kind = context.get("customized_prompt"), context.get("prompt_type", "default")
        if own is None and kind not in PROMPTS:
            raise InvalidValue(f"prompt_type is one of {', '.join(PROMPTS)}; found {kind!r:.60}")
        return f"{PROMPTS[str(kind)] if own is None else own}{PROBLEM}{context['problem']}"

    def forget(self) -> None:
        """Forget what ran, and what failed."""
        self._failed, self._before = 0, ""

    def execute_one_python_code(self, pycode: str) -> tuple[str, bool]:
        """What ``pycode`` prints, after all that ran before, and whether it ran. An expression at its end is printed."""
        code = _add_print_to_last_line(pycode)
        exit_code, printed, _ = self.run_code(f"{self._before}\n{code}" if self._before else code)
        if exit_code:
            return f"Error: {printed.strip()[-LONGEST:]}", False
        self._before = "\n".join(filter(None, (self._before, _remove_print(code))))
        if len(printed) > LONGEST:
            return TOO_LONG, False
        if not printed.strip():
            return NOTHING if "print" in code else PRINT_IT, False
        return printed, True

    def execute_one_wolfram_query(self, query: str) -> tuple[str, bool]:
        """What Wolfram|Alpha answers, and whether it has an answer. ``ValueError`` without an AppID."""
        return WolframAlphaAPIWrapper().run(query)

    def _generate_math_reply(
        self,
        messages: Sequence[Mapping[str, object]],
        sender: ConversableAgent | None = None,
        config: object = None,
    ) -> tuple[bool, object] | Awaitable[tuple[bool, object]]:
        """What the blocks of the last message come to."""
        del sender, config
        blocks = extract_code(text_of(messages[-1].get("content")))
        if blocks[0][0] == UNKNOWN:
            return True, self.default_auto_reply
        return beside(partial(self._answered, blocks))

    def _answered(self, blocks: Sequence[tuple[str, str]]) -> tuple[bool, object]:
        told = [self._block_came_to(language.lower(), code.strip()) for language, code in blocks]
        replies = [words for words, _ in told if words]
        self._failed = 0 if all(well for _, well in told) else self._failed + 1
        if self._failed >= self._most:
            self._failed = 0
            replies.append(THINK_AGAIN)
        return True, "\n".join(replies) or self.default_auto_reply

    def _block_came_to(self, language: str, code: str) -> tuple[str, bool]:
        if language == "wolfram":
            return self.execute_one_wolfram_query(code)
        if language != "python":
            return f"I run Python and wolfram queries, and no {language or 'blocks without a label'}.", False
        return self.execute_one_python_code(code)


def _is_answer(message: Mapping[str, object]) -> bool:
    """Whether a message has an answer in a box, and nothing to run."""
    text = text_of(message.get("content"))
    return get_answer(text) is not None and extract_code(text)[0][0] == UNKNOWN


# --- code -------------------------------------------------------------------------------------------------------


def _parsed(code: str) -> Sequence[ast.stmt]:
    try:
        return ast.parse(code).body
    except (SyntaxError, ValueError):
        return []


def _is_print(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Call(ast.Name("print"))):
            return True
        case _:
            return False


def _add_print_to_last_line(code: str) -> str:
    """``code``, which prints the expression at its end."""
    statements = _parsed(code)
    last = statements[-1] if statements else None
    if not isinstance(last, ast.Expr) or _is_print(last):
        return code
    before, expression, after = _cut(code, last)
    return f"{before}print({expression}){after}"


def _remove_print(code: str) -> str:
    """``code`` without what it prints; what is printed within other statements stays."""
    rest = code
    for one in reversed(_parsed(code)):
        if _is_print(one):
            before, _, after = _cut(rest, one)
            head, _, left = before.rpartition("\n")
            right, _, tail = after.partition("\n")
            alone = not left.strip() and right.strip()[:1] in ("", "#")
            rest = "\n".join(filter(None, (head, tail))) if alone else f"{before}pass{after}"
    return rest


def _cut(code: str, statement: ast.stmt) -> tuple[str, str, str]:
    """What stands before a statement, the statement, and what stands behind it."""
    lines = code.split("\n")
    begin = _place(lines, statement.lineno, statement.col_offset)
    end = _place(lines, statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
    return code[:begin], code[begin:end], code[end:]


def _place(lines: Sequence[str], line: int, column: int) -> int:
    """Where in a text a parser's line and column are; its columns count bytes."""
    before = lines[line - 1].encode()[:column].decode()
    return sum(len(one) + 1 for one in lines[: line - 1]) + len(before)
