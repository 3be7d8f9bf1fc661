"""The debugger agent: matches a failure against the catalogue, builds candidates, ranks them by what has worked."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import UNSET

from interlock.agents.debugger.affordable import affordable
from interlock.agents.debugger.case import Answer, Case, Option, Releases
from interlock.agents.debugger.folder import Folder
from interlock.agents.debugger.strategies import STRATEGIES
from interlock.core.catalog import Catalog, Entry, Fix, render
from interlock.core.fingerprint import failing_test
from interlock.core.learning import Candidate, Ranking, rank, remembered_words, whole
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Effects, Proposal
from interlock.core.policy import Quote
from interlock.core.release import Interpreter
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State
from interlock.core.wishes import matching
from interlock.ports import Memories

SERVERS_WORDS = "a tool of an MCP server failed; what a server says starts no repair"


class CatalogDebugger:
    """Candidates come from the catalogue, their order from evidence and memory.

    `environment` names this kind of machine; `modules` maps imported names to the distributions that provide them,
    `pythons` tells which interpreters are present.
    """

    name = "debugger"

    def __init__(
        self,
        catalog: Iterable[Entry],
        memories: Memories,
        index: Releases,
        environment: str,
        modules: Mapping[str, str],
        pythons: Callable[[], Sequence[Interpreter]] = tuple,
    ) -> None:
        self._catalog = Catalog(catalog)
        self._memories = memories
        self._index = index
        self._environment = environment
        self._modules = modules
        self._pythons = pythons

    async def propose(self, state: State) -> Sequence[Proposal]:
        """The recorded diagnosis' candidates that have not been tried against this failure."""
        if state.failure is None or state.diagnosis is None:
            return ()
        failure = state.failure
        return tuple(each for each in state.diagnosis.candidates if not _used_up(each, state, failure))

    async def diagnose(self, state: State, failure: Failure) -> Diagnosis:
        """What the failure is known as, what may help, best first, and what a person should know."""
        if failure.where.startswith("tool:"):
            return Diagnosis(advice=SERVERS_WORDS)
        folder, pythons = Folder(state.workspace.root), self._pythons()
        claims = [
            (match, await self._answer(Case(
                match=match, failure=failure, folder=folder, workspace=state.workspace,
                index=self._index, modules=self._modules, pythons=pythons,
            )))
            for match in self._catalog.matches(failure.output)
        ]  # fmt: skip
        claims = [(match, answer) for match, answer in claims if answer.options or answer.advice]
        if not claims:
            return Diagnosis(advice=_nothing_known(failure))
        if (first := claims[0][0].entry).risk == "stop":
            return Diagnosis(pattern=first.id, title=first.title, advice=claims[0][1].advice)
        candidates = [_candidate(match.entry, option, failure) for match, answer in claims for option in answer.options]
        memory = await self._memories.recall(failure.fingerprint)
        left = [
            each
            for each in _alone(candidates)
            if not _used_up(each.proposal, state, failure) and not _forbidden(each.proposal, state)
        ]
        fitting, too_dear = affordable(left, state)
        kept = _keeping_first(fitting, memory, self._environment)
        ranking = rank(kept, memory, failure.fingerprint, self._environment)
        advice = " ".join(dict.fromkeys(filter(None, (*(answer.advice for _, answer in claims), too_dear))))
        return _diagnosis(first, ranking, memory, self._environment, advice)

    async def _answer(self, case: Case) -> Answer:
        entry, captures = case.match.entry, case.captures
        if not all(case.folder.holds(render(condition, captures)) for condition in entry.when):
            return Answer()
        if entry.risk in ("stop", "ask"):
            return Answer(advice=render(entry.advice, captures))
        answers = [await self._tried_out(fix, case) for fix in entry.fixes]
        return Answer(
            options=tuple(option for answer in answers for option in answer.options),
            advice=" ".join(answer.advice for answer in answers if answer.advice),
        )

    async def _tried_out(self, fix: Fix, case: Case) -> Answer:
        if fix.strategy:
            return await STRATEGIES[fix.strategy](case)
        act = Act(skill=fix.skill, arguments=render(fix.arguments, case.captures))
        why = render(fix.why, case.captures) or case.match.entry.why
        option = Option(variant=fix.variant, act=act, why=why, expects=render(fix.expects, case.captures))
        return Answer(options=(option,))


def _candidate(entry: Entry, option: Option, failure: Failure) -> Candidate:
    proposal = Proposal(
        act=option.act,
        agent=CatalogDebugger.name,
        why=option.why,
        expects=option.expects or f"`{failure.where}` no longer says: {failure.signature}",
        fix=f"{entry.id}:{option.variant}",
        fingerprint=failure.fingerprint,
        promise=option.promise,
    )
    return Candidate(proposal=proposal, risk=entry.risk)


def _alone(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    """Each way out once, as the entry that claimed the text first has it."""
    first: dict[tuple[str, str], Candidate] = {}
    for each in candidates:
        first.setdefault((_variant(each.proposal.fix), each.proposal.act.digest), each)
    return first.values()


def _keeping_first(
    candidates: Sequence[Candidate], memory: Sequence[Remembered], environment: str
) -> Sequence[Candidate]:
    """What changes a promise counts only where nothing else is left, or only what has failed here before."""
    failed = {seen.fix for seen in memory if _failed_here(seen, environment)}
    keeping = [each for each in candidates if not each.proposal.promise]
    return keeping if any(each.proposal.fix not in failed for each in keeping) else candidates


def _forbidden(proposal: Proposal, state: State) -> bool:
    """Whether the person's words rule out changing this promise: then it is no way out, and is not proposed."""
    never = state.goal.never if state.goal and proposal.promise else ()
    return bool(matching(never, proposal.act, Quote(effects=Effects(writes=True, network=True), network=True)))


def _used_up(proposal: Proposal, state: State, failure: Failure) -> bool:
    """Tried against this failure; or, for packages, against any: installing the same again changes nothing."""
    if proposal.fix in state.tried.get(failure.fingerprint, ()):
        return True
    installs = proposal.act.skill.startswith("packages.")
    return installs and _variant(proposal.fix) in {_variant(fix) for fixes in state.tried.values() for fix in fixes}


def _variant(fix: str | None) -> str:
    return (fix or "").partition(":")[2]


def _diagnosis(
    entry: Entry, ranking: Ranking, memory: Sequence[Remembered], environment: str, advice: str
) -> Diagnosis:
    best = ranking.standings[0] if ranking.standings else None
    words = remembered_words(best.wins, best.tries) if best else ""
    failed = [seen for seen in memory if _failed_here(seen, environment)]
    if best and best.wins and failed:
        words += f"; passed over: {', '.join(f'`{seen.fix}` ({seen.wins} of {seen.tries})' for seen in failed)}"
    wins, tries = whole(best.counted_wins, best.counted_tries) if best else (0, 0)
    return Diagnosis(
        pattern=entry.id,
        title=entry.title,
        candidates=ranking.proposals,
        wins=wins,
        tries=tries,
        remembered=words,
        advice=advice,
        ranking=ranking.standings if ranking.remembered else UNSET,
    )


def _failed_here(seen: Remembered, environment: str) -> bool:
    return seen.environment == environment and not seen.origin and seen.tries > 0 and not seen.wins


def _nothing_known(failure: Failure) -> str:
    if test := failing_test(failure.output):
        return f"`{test}` fails and no general remedy fits: the code or the test is wrong, and a person must say which"
    return ""
