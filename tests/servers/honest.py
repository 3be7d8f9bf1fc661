"""A well-behaved MCP server, by the `mcp` library. Usage: honest.py [PORT]; without a port it talks over its pipes."""

import os
import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer

server = MCPServer("honest")
started = Path("starts")
started.write_text(f"{started.read_text() if started.exists() else ''}{os.getpid()}\n")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def note(text: str) -> str:
    """Write a note."""
    Path("notes").write_text(text)
    return "noted"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run(transport="streamable-http", port=int(sys.argv[1]))
    else:
        server.run(transport="stdio")
