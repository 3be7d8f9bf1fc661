"""MCP servers, by the `mcp` library (the extra `interlock[mcp]`): started in the sandbox, kept, and never trusted."""

from interlock.adapters.mcp.approvals import Approvals
from interlock.adapters.mcp.servers import McpServers

__all__ = ["Approvals", "McpServers"]
