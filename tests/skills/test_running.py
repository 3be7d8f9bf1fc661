"""Whose answer counts: only that of the current edition, alone on its port."""

from msgspec.structs import replace

from interlock.core.plan import ServiceSpec
from interlock.core.programs import Service, ServiceState
from interlock.ports import Surroundings
from interlock.skills.running import Edition, doubt, edition, port_in_use, read_edition

WEB = ServiceSpec(name="web", argv=("./serve", "{port}"), port=8000)
NOW = ServiceState(name="web", digest=str(edition(WEB, 3, 8000)), pid=7, started=1.0, status="ready")


class OneService:
    """Services that know one, and who answers on its port."""

    def __init__(self, known: ServiceState | None, other: str | None = None) -> None:
        self.known, self.other = known, other

    async def ensure(self, service: Service) -> ServiceState:
        raise AssertionError("asking changes nothing")

    async def state(self, session: str, name: str) -> ServiceState | None:
        return self.known

    def owns_port(self, session: str, name: str, port: int) -> str | None:
        return self.other

    async def stop(self, session: str, name: str | None = None) -> None:
        raise AssertionError("asking changes nothing")


async def doubted(known: ServiceState | None, port: int | None = 8000, other: str | None = None) -> str | None:
    return await doubt(WEB, OneService(known, other), Surroundings(session="s", call="c", timeout=1, changes=3), port)


async def test_the_current_edition_alone_on_its_port_is_believed():
    assert await doubted(NOW) is None


async def test_a_port_that_is_shared_with_a_stranger_is_doubted():
    said = await doubted(NOW, other="process 9 (`nginx`)")
    assert said == "port 8000 is answered by process 9 (`nginx`), not by service `web`"


async def test_another_port_than_the_services_is_doubted():
    assert "listens on port 8000, not on 9000" in (await doubted(NOW, port=9000) or "")


async def test_another_declaration_or_an_unknown_edition_is_doubted():
    other = edition(replace(WEB, argv=("./old", "{port}")), 3, 8000)
    for digest in (str(other), "something else", str(edition(WEB, 2, 8000))):
        assert "before the last change" in (await doubted(replace(NOW, digest=digest)) or "")


async def test_a_service_that_ended_is_doubted_with_its_last_words():
    ended = replace(NOW, status="exited", exit_code=3, output="boom")
    assert "exited with code 3" in (said := await doubted(ended) or "") and "boom" in said


def test_an_edition_is_read_back_from_its_digest():
    for port in (None, 8000):
        assert read_edition(str(Edition("abc", 4, port))) == Edition("abc", 4, port)
    assert read_edition("abc") is None and port_in_use(WEB, replace(NOW, digest="abc")) == 8000
    assert port_in_use(WEB, replace(NOW, digest=str(edition(WEB, 1, 9000)))) == 9000
