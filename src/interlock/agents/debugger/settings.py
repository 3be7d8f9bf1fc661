"""Remedies for settings. A value is changed only on evidence: the error's own list, or a tracked example file."""

import re
from collections.abc import Iterator

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.plan import Act

_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")
_SECRET = re.compile(r"SECRET|TOKEN|PASSW|KEY|CREDENTIAL|PRIVATE|AUTH|SALT|DSN", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"^$|change.?me|your[-_ ]|<.*>|x{3,}|\.\.\.|replace|example\.com|://[^/\s:]+:[^/\s@]+@", re.IGNORECASE
)
_QUOTED = re.compile(r"""(['"])(?P<value>[^'"\n]{1,80})\1""")
_FAR = 2


async def allowed_value(case: Case) -> Answer:
    """Write the nearest allowed value where the refused one stands, if just one line of the settings holds it."""
    value = case.captures["value"]
    allowed = _listed(case.captures["allowed"])
    near = nearest(value, allowed)
    places = list(_lines_with(case, value))
    if near is None or len(places) != 1:
        return Answer(advice=_why_not(value, allowed, near, [path for path, _ in places]))
    path, line = places[0]
    written = re.sub(_whole(value), lambda _: near, line)
    return Answer(
        options=(
            Option(
                variant="nearest",
                act=Act(skill="files.patch", arguments={"path": path, "old": line, "new": written}),
                why=f"the error lists what is allowed; only `{near}` is near `{value}`, which is set once, in `{path}`",
                expects=f"`{path}` holds an allowed value",
            ),
        )
    )


async def variable_from_example(case: Case) -> Answer:
    """Copy a variable that is no secret from the tracked example file into `.env`."""
    name = case.captures["name"]
    tracked = case.folder.tracked()
    found = next(
        (
            (path, line)
            for path in _EXAMPLES
            if tracked is None or path in tracked
            for line in case.folder.read(path).splitlines()
            if re.match(rf"(?:export )?{re.escape(name)}\s*=", line)
        ),
        None,
    )
    if found is None:
        return Answer(advice=f"`{name}` is not set, and no tracked example file says what it should be")
    path, line = found
    if _SECRET.search(name) or _PLACEHOLDER.search(line.partition("=")[2].strip().strip("'\"")):
        return Answer(advice=f"`{name}` is not set; `{path}` names it, but its value must come from a person")
    before = case.folder.read(".env")
    content = f"{before.rstrip()}\n{line}\n" if before.strip() else f"{line}\n"
    why = f"`{name}` is not set, is no secret, and the tracked `{path}` gives its value"
    act = Act(skill="files.write", arguments={"path": ".env", "content": content})
    return Answer(options=(Option(variant=f"copy-{name}", act=act, why=why, expects=f"`{name}` is set"),))


def nearest(value: str, allowed: tuple[str, ...]) -> str | None:
    """The one allowed value nearest to `value` by edit distance; None when it is too far, or not the only one."""
    ranked = sorted((distance(value.lower(), other.lower()), other) for other in allowed if other)
    alone = len(ranked) == 1 or (len(ranked) > 1 and ranked[0][0] < ranked[1][0])
    reach = min(_FAR, max(1, len(value) // 2))
    return ranked[0][1] if ranked and alone and ranked[0][0] <= reach and ranked[0][1] != value else None


def distance(one: str, other: str) -> int:
    """How many letters must be put in, taken out, changed or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            best = min(row[-1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _listed(text: str) -> tuple[str, ...]:
    quoted = tuple(dict.fromkeys(found["value"] for found in _QUOTED.finditer(text)))
    return quoted or tuple(word for word in re.split(r"\s*(?:,|\bor\b|\band\b|\|)\s*", text.strip(" ()[]{}")) if word)


def _whole(value: str) -> str:
    return rf"(?<![\w-]){re.escape(value)}(?![\w-])"


def _lines_with(case: Case, value: str) -> Iterator[tuple[str, str]]:
    """Every line of the settings that sets the value; a line that stands twice can't be told from its twin."""
    found = re.compile(rf"[=:]\s*['\"]?{_whole(value)}")
    for path in case.folder.settings():
        text = case.folder.read(path)
        for line in text.splitlines():
            if found.search(line) and not line.lstrip().startswith(("#", "//", ";")):
                yield path, line
                if text.count(line) > 1:
                    yield path, line


def _why_not(value: str, allowed: tuple[str, ...], near: str | None, places: list[str]) -> str:
    if near is None:
        return f"`{value}` is not allowed, and none of {', '.join(allowed)} is near enough to be what was meant"
    if not places:
        return f"`{value}` is not allowed (`{near}` may be meant), and no tracked settings file sets it"
    return f"`{value}` is not allowed (`{near}` may be meant), and it stands in several places: {', '.join(places)}"
