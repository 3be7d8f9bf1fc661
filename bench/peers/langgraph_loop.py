"""LangGraph beside us: a loop of one no-op node, a checkpoint a step, SQLite in WAL with synchronous=FULL.

One JSON request a line on stdin, one JSON answer a line on stdout; durability="sync" throughout.
"""

import asyncio
import json
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypedDict

import aiosqlite
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph


class Counted(TypedDict):
    """The graph's state: turns done, turns wanted."""

    done: int
    wanted: int


def graph(began: list[tuple[int, int]]) -> StateGraph:
    """A node that does nothing but count, in a loop; it leaves wall and CPU time of each turn in `began`."""

    def turn(state: Counted) -> dict[str, int]:
        began.append((time.perf_counter_ns(), time.process_time_ns()))
        return {"done": state["done"] + 1}

    built = StateGraph(Counted)
    built.add_node("turn", turn)
    built.add_edge(START, "turn")
    built.add_conditional_edges("turn", lambda state: "turn" if state["done"] < state["wanted"] else END)
    return built


def connected(folder: str) -> sqlite3.Connection:
    """A fresh database that is as durable as ours."""
    path = Path(folder) / f"langgraph-{time.perf_counter_ns()}.db"
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def asked(steps: int, thread: str) -> dict[str, Any]:
    """What every run is invoked with."""
    return {
        "input": {"done": 0, "wanted": steps},
        "config": {"configurable": {"thread_id": thread}, "recursion_limit": steps + 10},
        "durability": "sync",
    }


def loop(folder: str, steps: int) -> dict[str, Any]:
    """One session: when each turn began, in wall time and in CPU time (ns)."""
    began: list[tuple[int, int]] = []
    compiled = graph(began).compile(checkpointer=SqliteSaver(connected(folder)))
    compiled.invoke(**asked(steps, "one"))
    return {"began": began}


def threads(folder: str, sessions: int, steps: int) -> dict[str, Any]:
    """Many sessions, a thread each, on one connection: seconds and CPU seconds for all."""
    compiled = graph([]).compile(checkpointer=SqliteSaver(connected(folder)))
    compiled.invoke(**asked(1, "warm"))
    with ThreadPoolExecutor(sessions) as pool:
        start, cpu = time.perf_counter(), time.process_time()
        list(pool.map(lambda nth: compiled.invoke(**asked(steps, f"s{nth}")), range(sessions)))
        return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def tasks(folder: str, sessions: int, steps: int) -> dict[str, Any]:
    """Many sessions, a task each, on one asynchronous connection: seconds and CPU seconds for all."""

    async def all_of_them() -> dict[str, float]:
        async with aiosqlite.connect(Path(folder) / f"langgraph-{time.perf_counter_ns()}.db") as connection:
            await connection.execute("PRAGMA journal_mode = WAL")
            await connection.execute("PRAGMA synchronous = FULL")
            compiled = graph([]).compile(checkpointer=AsyncSqliteSaver(connection))
            await compiled.ainvoke(**asked(1, "warm"))
            start, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(compiled.ainvoke(**asked(steps, f"s{nth}")) for nth in range(sessions)))
            return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}

    return asyncio.run(all_of_them())


KINDS = {"loop": loop, "threads": threads, "tasks": tasks}


def main() -> None:
    """Answer requests until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(KINDS[request.pop("kind")](**request)), flush=True)


if __name__ == "__main__":
    main()
