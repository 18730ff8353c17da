# %% [markdown]
# # Two players and a chess board
#
# Language models know how chess is played, and still move pieces that are not there. So the board is not in their
# heads: they see it, and move on it, by tools that know the rules. An illegal move is refused with the reason, and the
# player tries again in the same turn.
#
# The rules are those of the package `chess` (`pip install chess`). You see a recording, in which the model's lines
# were written down below, such as a large model says them.

# %%
from pathlib import Path
from typing import Annotated

import chess

from typedagents import (
    Agent,
    Answered,
    Call,
    CallModel,
    CallTool,
    Message,
    Outcome,
    ToolCall,
    ToolError,
    Variable,
    World,
    assistant,
    chat,
    with_models,
    with_tools,
)
from typedagents.testing import calling, record_or_replay, scripted_model
from typedagents.tools import tool, toolset

# %% [markdown]
# ## The board
#
# The board is a *context variable* of the conversation, in the notation that chess programs exchange (FEN). No object
# holds it: a tool is given the board as it stands, and answers with the board as it is afterwards. That answer is in
# the trace, so a game can be replayed, resumed after a crash, or continued from any move.

# %%
BOARD = Variable("board", str, chess.STARTING_FEN)
PLAYERS = {"white": chess.WHITE, "black": chess.BLACK}


def drawn(board: chess.Board) -> str:
    """The board as text, capital letters for white."""
    ranks = [f"{8 - row} {line}" for row, line in enumerate(str(board).splitlines())]
    return "\n".join([*ranks, "  a b c d e f g h"])


# %% [markdown]
# ## The tools
#
# No model fills the parameter `board`: it comes from the context. Nor `call`, which tells who is calling; so nobody
# moves twice, or for the other. What a tool raises is told to the model.


# %%
@tool
def legal_moves(board: Annotated[str, BOARD]) -> str:
    """Lists the legal moves, each by its squares, as in e2e4."""
    return " ".join(move.uci() for move in chess.Board(board).legal_moves)


@tool
def make_move(move: str, board: Annotated[str, BOARD], call: Call) -> Answered[str]:
    """Makes a move, which is given by its squares: e2e4, or e7e8q for a pawn that becomes a queen."""
    position = chess.Board(board)
    if PLAYERS[call.agent] != position.turn:
        raise ToolError("it is not your turn: you have moved already. Say something about your move")
    if move not in {legal.uci() for legal in position.legal_moves}:
        own = [legal.uci() for legal in position.legal_moves if legal.uci()[:2] == move[:2]]
        raise ToolError(f"{move} is not legal here; from {move[:2]} these are: {', '.join(own) or 'none'}")
    position.push_uci(move)
    end = position.outcome()
    over = None if end is None else f"{end.termination.name.lower()}, {end.result()}"
    return Answered(drawn(position), changes=[BOARD.to(position.fen())], ends=over)


# %% [markdown]
# ## The players
#
# Both have the same tools, and call them in their own turn, until they have something to say.

# %%
TOOLS = toolset(legal_moves, make_move)


def player(colour: str) -> Agent[CallModel | CallTool]:
    """Who plays this colour."""
    return assistant(
        colour,
        tools=TOOLS,
        instructions=f"You play chess, with the {colour} pieces. In each turn call make_move once; call legal_moves "
        "first where you are not sure. Then say in one sentence why you made that move.",
    )


# %% [markdown]
# ## The team and its world
#
# The game ends when `make_move` says so, and after a hundred messages at the latest. To see real players, put
# `with_models(OpenAIChat(model="gpt-4.1"))` in the place of the scripted model.

# %%
TEAM = chat(player("black"), player("white"), "Let us play. You begin.", max_turns=50)


def world() -> World[CallModel | CallTool]:
    """The tools, and a model with the lines of both players: a short game, with a slip of black."""
    model = scripted_model(
        calling("make_move", move="e2e4"),
        "I open with the king's pawn, and take my share of the centre.",
        calling("make_move", move="e7e5"),
        "So do I.",
        calling("make_move", move="f1c4"),
        "My bishop looks at f7, which only your king defends.",
        calling("make_move", move="b8d7"),
        (calling("legal_moves"),),
        calling("make_move", move="b8c6"),
        "My own pawn stands on d7. So the knight goes to c6, and defends e5.",
        calling("make_move", move="d1h5"),
        "The queen joins in, early, but with two threats: on e5 and on f7.",
        calling("make_move", move="g8f6"),
        "I develop a piece and attack your queen. What will she do?",
        calling("make_move", move="h5f7"),
    )
    return World(with_models(model) | with_tools(TOOLS))


# %% [markdown]
# ## The run
#
# A call is no text, so it is shown by its name and what it was called with.

# %%
HERE = Path(__file__).parent if "__file__" in globals() else Path()  # a notebook runs in its own folder


def run() -> Outcome:
    """Plays the recording, or makes it."""
    return record_or_replay(HERE / "recordings" / "chess_game.jsonl", world, TEAM)


def shown(message: Message) -> str:
    """What was said, and what was called."""
    calls = [f"{part.name} {part.arguments}" for part in message.parts if isinstance(part, ToolCall)]
    return "\n".join([*filter(None, [message.text]), *calls])


if __name__ == "__main__":
    outcome = run()
    for message in outcome.transcript:
        print(f"--- {message.sender} ({message.origin})\n{shown(message)}\n")
    print("The board at the end:", outcome.context[BOARD])
    print(outcome.reason)
