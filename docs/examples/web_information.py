# %% [markdown]
# # Information from the web
#
# An assistant reads pages of a site, follows their links, and works with what it finds. It reads them with a tool, and
# which sites are read is decided here, not by the model. What has to be computed is computed in the sandbox, which has
# no network at all.
#
# You see a recording. For it a small site was served on this machine and read over HTTP, and the code was run. The
# words of the model were written for it, such as a good model says them; `world_with` shows the line to change.

# %%
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from typedagents import (
    CallModel,
    CallTool,
    Outcome,
    RunCode,
    World,
    assistant,
    chat,
    user_proxy,
    with_executor,
    with_models,
    with_tools,
)
from typedagents.executors import default_executor
from typedagents.testing import calling, record_or_replay, scripted_model
from typedagents.tools import FromWorld, tool, toolset

# %% [markdown]
# ## The tool, and what it may read
#
# `Sites` says which sites there are and where they are found. It is a part of the world: the world gives it to the tool,
# no model is told of it, and none can change it. An exception is no accident here. It is what the model is told, and it
# can do something else.
#
# What a page says stays data. Nothing in it is run, even where it holds code: only what a model, a human or the program
# says is looked at by who runs code.


# %%
@frozen
class Sites:
    """The sites that are read: their names, and the addresses where they are found."""

    addresses: Mapping[str, str]

    def address_of(self, url: str) -> str:
        """Where ``url`` is found; ``ValueError`` where its site is not read."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.netloc not in self.addresses:
            raise ValueError(f"{url} is not read; the sites that are read: {', '.join(self.addresses)}")
        return self.addresses[parts.netloc] + (parts.path or "/")


@tool(repeats="idempotent", timeout_s=20, max_chars=4000)
async def read_page(url: str, sites: FromWorld[Sites]) -> str:
    """Reads a page of the web. Code that is run has no network: write into it what was found."""
    async with httpx.AsyncClient() as client:  # it follows no redirects: they might lead elsewhere
        answer = await client.get(sites.address_of(url))
    return answer.raise_for_status().text


TOOLS = toolset(read_page)

# %% [markdown]
# ## The team
#
# The assistant calls its tool by itself, in its own turn, until it has something to say. Then it is the turn of the
# user's proxy, which runs the code in what was said.

# %%
TEAM = chat(user_proxy("user", "never"), assistant("assistant", tools=TOOLS), max_turns=6)
TASK = (
    "Which lake of Noria holds the most water, and what part of the water of all its lakes is that? "
    "Begin at http://atlas.example/."
)

# %% [markdown]
# ## A site
#
# It stands for the web, so that this runs anywhere. One of its links leads to another site.

# %%
PAGES = {
    "/": '<h1>Atlas of Noria</h1> See <a href="/lakes">the lakes</a>, <a href="/rivers">the rivers</a>.',
    "/lakes": """\
<h1>Lakes of Noria</h1> <p>Mean depths are from <a href="http://survey.example/lakes">the survey</a>.</p>
<table><tr><th>lake<th>area, km2<th>mean depth, m
<tr><td>Amber<td>310<td>14 <tr><td>Birch<td>120<td>52 <tr><td>Cairn<td>95<td>31</table>""",
}


class Pages(BaseHTTPRequestHandler):
    """Answers with the pages above."""

    def do_GET(self) -> None:
        """One of the pages, or 404."""
        body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def site() -> Iterator[str]:
    """Serves the pages on this machine meanwhile; gives their address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


# %% [markdown]
# ## The world
#
# With a real model: `model = OpenAIChat(model="...")`, from `typedagents.providers`. For the real web, name real sites:
# `Sites({"en.wikipedia.org": "https://en.wikipedia.org"})`.

# %%
CODE = """\
The survey is not to be read, but the atlas has what is needed: area times mean depth.

```python
lakes = {"Amber": (310, 14), "Birch": (120, 52), "Cairn": (95, 31)}
water = {name: area * depth / 1000 for name, (area, depth) in lakes.items()}
most = max(water, key=water.get)
print(f"{most}: {water[most]:.2f} of {sum(water.values()):.2f} km3, {water[most] / sum(water.values()):.1%}")
```"""


def world_with(address: str) -> World[CallModel | CallTool | RunCode]:
    """A model, a sandbox, and the tool with the one site that it reads."""
    model = scripted_model(
        calling("read_page", url="http://atlas.example/"),
        (
            calling("read_page", url="http://atlas.example/lakes"),
            calling("read_page", url="http://survey.example/lakes"),
        ),
        CODE,
        "Birch holds the most water, 6.24 of 13.53 cubic kilometres: 46.1 %.\n\nTERMINATE",
    )
    tools = with_tools(TOOLS, given=[Sites({"atlas.example": address})])
    return World(with_models(model) | with_executor(default_executor()) | tools)


# %% [markdown]
# ## The run
#
# The assistant's second message holds two calls, which are made side by side. One is refused, and the model does
# without that page.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    with site() as address:
        return record_or_replay(
            HERE / "recordings" / "web_information.jsonl", lambda: world_with(address), TEAM, TASK
        )


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{message.text or message.parts}\n")
    print(outcome.reason)
