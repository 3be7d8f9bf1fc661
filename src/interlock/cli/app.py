"""The commands, each registered by its path: what a command line is read by."""

from collections.abc import Sequence
from keyword import iskeyword

from cyclopts import App, CycloptsError
from cyclopts.exceptions import UnknownCommandError

HELP = """Hand work to autonomous agents, and stay in control.

Say what is wanted; it is read back; agents propose, policy admits, skills act, and the stop hook decides.

For example:

    interlock run "Keep fixing it until pytest passes, but ask me if cost goes above $5."

    interlock ls

    interlock approve apr-4f2a --up-to 80

    interlock explain ses-91c0

Exit codes: 0 success · 10 waits for a person · 11 paused · 20 ended by a limit or a violation · 21 rejected ·
22 ended without success for another reason · 2 usage or bad input · 1 internal error · `audit verify`: 3, not intact.
"""

COMMANDS = {
    "run": ("running:run", "Hand over work in a sentence; it is read back first."),
    "resume": ("running:resume", "Go on with a session, after a pause or a crash."),
    "work": ("running:work", "Drive everything that is due, until stopped."),
    "ls": ("looking:ls", "List sessions, with what waits for you."),
    "show": ("looking:show", "Show one session."),
    "watch": ("looking:watch", "Follow a session that another process drives."),
    "logs": ("looking:logs", "Print what its acts and checks printed."),
    "explain": ("looking:explain", "Why a decision was made, and what would have changed it."),
    "replay": ("looking:replay", "Decide every recorded decision again."),
    "approve": ("answering:approve", "Allow what a question asks, once."),
    "reject": ("answering:reject", "Answer a question with no."),
    "edit": ("answering:edit", "Change the act that a question asks about."),
    "pause": ("answering:pause", "Let the running act end, then wait."),
    "stop": ("answering:stop", "End a session."),
    "undo": ("undoing:undo", "Put a workspace back as it was before a session."),
    "init": ("setting_up:init", "Write a first interlock.toml."),
    "doctor": ("setting_up:doctor", "Check this machine."),
    "completion": ("setting_up:completion", "Print a shell completion script."),
    "read": ("setting_up:read", "Show how a sentence is read, and begin nothing."),
}
GROUPS = {
    "audit": (
        "auditing",
        "What is sealed, and whether it is intact.",
        {
            "verify": "Check every record against the seal.",
            "export": "Write committed events as they are stored.",
            "show": "Show the newest signed head, and the key that checks it.",
        },
    ),
    "memory": (
        "remembering",
        "What was learned of fixes.",
        {
            "show": "Show which fixes worked for which failures.",
            "forget": "Forget what was learned of a failure.",
            "export": "Write what this store learned, signed.",
            "import": "Take in what another store learned.",
        },
    ),
    "policy": (
        "judging",
        "The policies that the gate asks.",
        {
            "check": "Check policies: syntax, schema, unique ids.",
            "test": "Run the policy tests.",
            "explain": "Explain what the gate said to a session's last act.",
        },
    ),
    "catalog": (
        "cataloguing",
        "Known failures and their fixes.",
        {
            "list": "List every entry.",
            "lint": "Check every entry.",
            "test": "Try every entry out on its examples.",
            "match": "Say which entry claims an output.",
        },
    ),
    "mcp": (
        "tooling",
        "MCP servers, and which of their tools agents may use.",
        {
            "list": "List servers and tools: approved, new or changed.",
            "approve": "Show a server's tools, and allow them as they are.",
            "revoke": "Take back what was approved of a server.",
        },
    ),
    "preferences": (
        "preferring",
        "What you prefer: limits, output, where you are told.",
        {
            "show": "Show what is set, and what can be.",
            "set": "Set a preference.",
            "unset": "Forget a preference.",
            "export": "Write all that is set as JSON.",
        },
    ),
    "organisation": (
        "organising",
        "What the organisation lays down: ceilings and owners.",
        {
            "show": "Show what is laid down, and what can be.",
            "set": "Lay something down.",
            "unset": "Take something back.",
            "export": "Write all that is laid down as JSON.",
        },
    ),
    "notify": (
        "notifying",
        "Telling people of questions, forecasts and ends.",
        {
            "test": "Send a trial message.",
            "ls": "List what was to be told, and what came of it.",
            "deliver": "Deliver what is due.",
        },
    ),
    "store": (
        "storing",
        "The store as a whole.",
        {"backup": "Copy the store while it is in use.", "prune": "Drop the events of sessions that ended long ago."},
    ),
}


def build(words: Sequence[str] = ()) -> App:
    """The app with every command registered by its path; none is imported yet. `words` is the command line."""
    app = App(name="interlock", help=HELP, help_format="markdown", version_flags=[], result_action="return_value")
    for name, (place, summary) in COMMANDS.items():
        _register(app, name, f"interlock.cli.{place}", summary, words)
    for group, (module, summary, names) in GROUPS.items():
        below = App(name=group, help=summary)
        for name, does in names.items():
            _register(below, name, f"interlock.cli.{module}:{name}{'_' * iskeyword(name)}", does, words)
        app.command(below)
    return app


def _register(app: App, name: str, place: str, summary: str, words: Sequence[str]) -> None:
    # a summary here would hide the command's own help, which is loaded only when it is asked for
    told = {} if name in words else {"help": summary}
    app.command(place, name=name, **told)


def run(words: Sequence[str]) -> int:
    """Read one command line, run its command, and return the exit code. Raises what the command raises."""
    try:
        code = build(words)(words, exit_on_error=False, print_error=False)
    except CycloptsError as problem:
        return _misused(problem)
    return code if isinstance(code, int) else 0


def _misused(problem: CycloptsError) -> int:
    from interlock.cli.failing import complain

    hint = "; `interlock --help` lists the commands" if isinstance(problem, UnknownCommandError) else ""
    return complain(f"{str(problem).strip()}{hint}")
