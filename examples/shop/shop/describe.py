"""Product descriptions: Markdown in, HTML out, pictures with captions."""

from markdown import markdown
from markdown_captions import CaptionsExtension


def as_html(description: str) -> str:
    return markdown(description, extensions=[CaptionsExtension()])
