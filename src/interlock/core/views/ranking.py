"""What memory changed in a ranking: which fix moved up or down, and what record moved it."""

from collections.abc import Sequence

from interlock.core.learning import INTERVAL, UNKNOWN, interval, remembered_words
from interlock.core.money import show
from interlock.core.remediation import Standing
from interlock.core.views.text import one_line


def moved(ranking: Sequence[Standing]) -> tuple[str, ...]:
    """A line for each fix that memory moved, left out or spoke for; `ranking` is best first, as it was recorded."""
    lines = (_told(one, place) for place, one in enumerate(ranking, 1))
    return tuple(line for line in lines if line)


def chance_words(wins: float, tries: float) -> str:
    """The credible interval of a chance, as it is shown to people."""
    low, high = interval(wins, tries)
    return f"{low:.0%} to {high:.0%}"


def _told(one: Standing, place: int) -> str:
    fix = f"fix `{one_line(one.fix)}`"
    if one.left_out:
        _, high = interval(one.counted_wins, one.counted_tries)
        why = f"even at best ({high:.0%}) it promises less than one that nobody tried ({UNKNOWN:.0%})"
        return f"{fix} is left out (was {_nth(one.before)}): {_record(one)}; {why}"
    if place == one.before:
        return f"{fix} stays {_nth(place)}: {_record(one)}" if _is_known(one) else ""
    way = "up" if place < one.before else "down"
    return f"{fix} moved {way} from {_nth(one.before)} to {_nth(place)}: {_record(one)}"


def _record(one: Standing) -> str:
    """Why it stands there: its record, what it costs, and whether a person refused it."""
    if not _is_known(one):
        return "nothing is known of it, and others moved past it or fell behind it"
    told = [remembered_words(one.wins, one.tries)] if one.tries else []
    if one.counted_tries:
        counts = f"counts as {one.counted_wins:.3g} of {one.counted_tries:.3g} trials"
        told.append(counts if one.tries else f"worked elsewhere, which {counts}")
        told.append(f"works {chance_words(one.counted_wins, one.counted_tries)} of the time ({INTERVAL:.0%} sure)")
    if one.cost:
        told.append(f"costs {show(one.cost)} a try")
    if one.refused:
        told.append(f"a person refused it {one.refused} {'time' if one.refused == 1 else 'times'}")
    return ", ".join(told)


def _is_known(one: Standing) -> bool:
    return one.counted_tries > 0 or one.refused > 0


def _nth(place: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(place, f"{place}th")
