"""Output that may be kept: secrets masked, terminal controls and broken characters taken out."""

import re
from collections.abc import Mapping

MASK = "[masked]"

# INVARIANT: linear, or a program could stop us by what it prints: no pattern begins again in what it gave up on.
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE|AUTH", re.IGNORECASE)
_CONTROLS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_TOKENS = re.compile(
    r"\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_\w{20,}"
    r"|\bglpat-[\w-]{20,}"
    r"|\bxox[abposr]-[\w-]{10,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bpypi-[\w-]{20,}"
    r"|\bnpm_[A-Za-z0-9]{30,}"
    r"|\bAIza[\w-]{35}"
    r"|(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+\.[\w-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_ASSIGNED = re.compile(
    r"(?P<name>(?:passw(?:or)?d|secret|token|api[_-]?key|aws_secret_access_key)\b[\"']?\s*+[=:]\s*+[\"']?+)"
    r"(?P<value>[^\s\"',;&{}\[\]()]{6,}+)(?P<called>[(\[]?)",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@]*:)[^\s/@]+@", re.IGNORECASE)


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must never be shown: those of variables named like secrets, longest first."""
    values = {value for name, value in environment.items() if _SECRET_NAME.search(name) and len(value) >= 8}
    return tuple(sorted(values, key=len, reverse=True))


def masked(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text with secrets masked and without what could disturb a terminal or a store."""
    plain = _CONTROLS.sub("", text).replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    for secret in secrets:
        plain = plain.replace(secret, MASK)
    plain = _TOKENS.sub(MASK, plain)
    plain = _IN_URL.sub(rf"\g<scheme>{MASK}@", plain)
    return _ASSIGNED.sub(lambda found: found[0] if found["called"] else f"{found['name']}{MASK}", plain)
