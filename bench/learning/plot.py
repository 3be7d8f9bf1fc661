"""The plot of the docs: mean regret over the first thousand episodes, a panel a world, as plain SVG."""

import statistics
from collections.abc import Sequence

from bench.learning.simulating import Run
from bench.learning.worlds import WORLDS

EPISODES, TOP = 1_000, 420
WIDTH, HEIGHT, GAP, LEFT, HEAD = 330, 210, 44, 52, 64
COLOURS = {"interlock": "#0b7a5c", "Thompson": "#c2571a", "UCB": "#5b5fc7", "static": "#8a8f98"}


def plot(runs: Sequence[Run]) -> str:
    """The picture: readable on light and dark ground, with a title for those who can't see it."""
    panels = [_panel(world.name, runs, at) for at, world in enumerate(WORLDS)]
    width, height = LEFT + 2 * (WIDTH + GAP), HEAD + 2 * (HEIGHT + GAP + 18)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            'font-family="sans-serif" font-size="12">',
            "<title>Regret over 1,000 episodes: interlock, Thompson sampling, UCB and a static order</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_legend(),
            f'<text x="{width - GAP}" y="26" text-anchor="end" fill="#555">tries lost, by episodes</text>',
            *panels,
            "</svg>",
            "",
        ]
    )


def _legend() -> list[str]:
    return [
        f'<line x1="{LEFT + at * 110}" y1="22" x2="{LEFT + at * 110 + 24}" y2="22" stroke="{colour}" stroke-width="3"/>'
        f'<text x="{LEFT + at * 110 + 30}" y="26" fill="#222">{name}</text>'
        for at, (name, colour) in enumerate(COLOURS.items())
    ]


def _panel(name: str, runs: Sequence[Run], at: int) -> str:
    left, top = LEFT + at % 2 * (WIDTH + GAP), HEAD + at // 2 * (HEIGHT + GAP + 18)
    own = [run for run in runs if run.world == name]
    parts = [f'<g transform="translate({left},{top})">', f'<text y="-10" font-weight="bold" fill="#222">{name}</text>']
    for regret in range(0, TOP + 1, 100):
        y = _y(regret)
        parts.append(f'<line x1="0" y1="{y}" x2="{WIDTH}" y2="{y}" stroke="#e3e5e8"/>')
        parts.append(f'<text x="-6" y="{y + 4}" text-anchor="end" fill="#555">{regret}</text>')
    for episodes in range(0, EPISODES + 1, 250):
        x = _x(episodes)
        parts.append(f'<text x="{x}" y="{HEIGHT + 16}" text-anchor="middle" fill="#555">{episodes:,}</text>')
    for policy, colour in COLOURS.items():
        parts.append(f'<polyline points="{_points(own, policy)}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return "".join([*parts, "</g>"])


def _points(runs: Sequence[Run], policy: str) -> str:
    """The mean of the runs; a curve that leaves the panel is cut at its top."""
    points = []
    for places in zip(*(run.curve[policy] for run in runs), strict=True):
        mean = statistics.fmean(regret for _, regret in places)
        if mean > TOP:
            break
        points.append(f"{_x(places[0][0])},{_y(mean)}")
    return " ".join(points)


def _x(episodes: float) -> float:
    return round(episodes / EPISODES * WIDTH, 1)


def _y(regret: float) -> float:
    return round(HEIGHT - regret / TOP * HEIGHT, 1)
