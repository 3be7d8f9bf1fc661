"""Views: what people and programs see of a session, each a pure fold of its committed events."""

from interlock.core.views.asking import answers, asking, open_question
from interlock.core.views.counterfactuals import Counterfactual, what_would_change
from interlock.core.views.evidence import Evidence
from interlock.core.views.explaining import Explanation, NoDecision, RuleShown, explain
from interlock.core.views.reading_back import read_back
from interlock.core.views.replaying import BrokenChain, Difference, Redecided, redecide, trace
from interlock.core.views.showing import services, show
from interlock.core.views.summary import summary, summary_lines
from interlock.core.views.text import Section, clean, flat, one_line
from interlock.core.views.timeline import Row, timeline, told

__all__ = [
    "BrokenChain",
    "Counterfactual",
    "Difference",
    "Evidence",
    "Explanation",
    "NoDecision",
    "Redecided",
    "Row",
    "RuleShown",
    "Section",
    "answers",
    "asking",
    "clean",
    "explain",
    "flat",
    "one_line",
    "open_question",
    "read_back",
    "redecide",
    "services",
    "show",
    "summary",
    "summary_lines",
    "timeline",
    "told",
    "trace",
    "what_would_change",
]
