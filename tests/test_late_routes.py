"""A late route changes what a boot costs, and nothing that can be seen of it."""

from __future__ import annotations

import asyncio
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

import fastapi
import httpx
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute
from packaging.version import Version
from pydantic import BaseModel

from conformance.stack import late_routes
from conformance.stack.late_routes import LateRoute, taken

if TYPE_CHECKING:
    from collections.abc import Callable

old_fastapi = pytest.mark.skipif(
    Version(fastapi.__version__) >= Version("0.137"), reason="routes are late before 0.137 alone"
)


class Letter(BaseModel):
    """What the example endpoint takes."""

    text: str


def app(route_class: type[APIRoute], impl: str) -> FastAPI:
    """Return an app as the stack makes one: routers around an implementation, then included."""
    router = APIRouter(prefix="/v1", route_class=route_class, tags=["letters"])

    @router.post("/letters/{name:path}", response_model=Letter, responses={404: {}})
    async def send(name: str, letter: Letter, loud: bool = False) -> Letter:  # noqa: FBT001, FBT002 - a query parameter
        """Send a letter."""
        if name == "nobody":
            raise HTTPException(404, "nobody")
        return Letter(text=f"{impl} {name} {letter.text.upper() if loud else letter.text}")

    outer = APIRouter(route_class=route_class)
    outer.include_router(router)
    made = FastAPI()
    made.include_router(outer)
    return made


def answers(made: FastAPI) -> list[tuple[int, Any]]:
    """Return what an app answers to requests of all kinds."""

    async def asked() -> list[tuple[int, Any]]:
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            got = [
                await client.post("/v1/letters/a/b?loud=1", json={"text": "x"}),
                await client.post("/v1/letters/a", json={}),
                await client.post("/v1/letters/nobody", json={"text": "x"}),
                await client.get("/v1/letters/a"),
                await client.get("/v1/other"),
                await client.get("/openapi.json"),
            ]
        return [(answer.status_code, answer.json()) for answer in got]

    return asyncio.run(asked())


@old_fastapi
def test_a_late_route_answers_like_any_other() -> None:
    """The second time a route is made it is built late, and serves its own app's implementation."""
    usual = answers(app(APIRoute, "second"))
    answers(app(LateRoute, "first"))

    late = app(LateRoute, "second")

    assert [200, 422, 404, 405, 404, 200] == [status for status, _body in usual]
    assert usual == answers(late)


@old_fastapi
def test_a_late_route_is_not_built_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes it quick: made again, no route is built."""
    app(LateRoute, "first")
    monkeypatch.setattr(late_routes, "_build", None)

    app(LateRoute, "second")


@old_fastapi
def test_a_route_whose_signature_is_given_is_late_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first releases write the signature of their routes, with defaults that have no hash."""

    def add() -> None:
        async def handler(**_names: Any) -> None:
            """Take what the signature says."""

        taken_from = {"annotation": Letter, "default": Body()}
        letter = Parameter("letter", Parameter.KEYWORD_ONLY, **taken_from)
        vars(handler)["__signature__"] = Signature([letter])
        APIRouter(route_class=LateRoute).add_api_route("/signed", handler)

    add()
    monkeypatch.setattr(late_routes, "_build", None)

    add()


@pytest.mark.parametrize("differing", ["method", "annotation", "option", "default"])
def test_routes_of_one_factory_are_told_apart(differing: str) -> None:
    """FastAPI refuses the second of two routes that share path and code: so does a late route."""
    router = APIRouter(route_class=LateRoute)

    def add(annotation: Any, method: str = "GET", default: Any = 1, **options: Any) -> None:
        async def endpoint(letter: Any = default) -> Any:
            """Take a letter."""

        endpoint.__annotations__["letter"] = annotation
        router.add_api_route("/letters", endpoint, methods=[method], **options)

    def unreadable(event: asyncio.Event) -> None:
        """Depend on what FastAPI cannot read."""

    bad: dict[str, Callable[[], None]] = {
        "method": lambda: add(asyncio.Event, method="POST"),
        "annotation": lambda: add(asyncio.Event),
        "option": lambda: add(int, response_model=asyncio.Event),
        "default": lambda: add(Letter, default=Depends(unreadable)),
    }
    add(int)
    add(Letter)

    for _time in range(2):
        with pytest.raises((FastAPIError, AssertionError)):
            bad[differing]()


@old_fastapi
def test_fastapi_is_as_before_behind_the_block() -> None:
    """Routes are late inside `taken` alone."""
    before = vars(APIRoute)["__init__"]
    with taken():
        assert vars(APIRoute)["__init__"] is vars(LateRoute)["__init__"]

    assert vars(APIRoute)["__init__"] is before
    assert "__getattr__" not in vars(APIRoute)


def test_newer_fastapi_is_left_alone() -> None:
    """From 0.137 on FastAPI copies no route when it includes a router, and nothing is changed."""
    with taken():
        changed = "__getattr__" in vars(APIRoute)

    assert changed == (Version(fastapi.__version__) < Version("0.137"))


def test_a_route_that_cannot_be_built_is_refused_at_once() -> None:
    """A release whose routes do not suit its FastAPI must not boot here either."""
    router = APIRouter(route_class=LateRoute)

    async def send(letter: object) -> Any:
        """Take what FastAPI cannot read."""

    for _time in range(2):
        with pytest.raises(Exception, match="Invalid args"):
            router.add_api_route("/letters", send, response_model=asyncio.Event)
