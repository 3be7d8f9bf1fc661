"""What the pages point at is there: links, anchors, tests and modules."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMED_TEST = re.compile(r"`(test_\w+)`")
NAMED_FILE = re.compile(r"`((?:src|tests|scripts|bench|prove|docs|examples)/[\w/.-]+)`")


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@cache
def known_tests() -> frozenset[str]:
    texts = (file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    return frozenset(name for text in texts for name in re.findall(r"def (test_\w+)", text))


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    lost = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_and_file_that_a_page_names_exists(page):
    text = prose(page)
    lost = [test for test in NAMED_TEST.findall(text) if test not in known_tests() and not is_test_file(test)]
    lost += [file for file in NAMED_FILE.findall(text) if not (ROOT / file.rstrip("/")).exists()]
    assert lost == []


def is_test_file(name: str) -> bool:
    return any((ROOT / "tests").rglob(f"{name}.py"))


def test_every_claim_of_the_architecture_names_the_test_that_holds_it():
    claims = re.findall(r"^\d+\. .+?(?=^\d+\. |^#|\Z)", prose(ROOT / "ARCHITECTURE.md"), re.MULTILINE | re.DOTALL)
    assert claims
    assert [claim for claim in claims if not NAMED_TEST.search(claim) and "lint-imports" not in claim] == []


def test_no_page_names_a_machine():
    places = re.compile(r"/root/|/home/(?!you\b)|/work/|/tmp/\w")
    assert [named(page) for page in PAGES if places.search(page.read_text(encoding="utf-8"))] == []
