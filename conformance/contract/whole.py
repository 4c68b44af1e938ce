"""Holds any answer against the contract, by what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import chat, completion, embedding, error, model_list, one_model
from conformance.contract.asked import REFUSED, STREAM
from conformance.contract.deviation import CONTRACT, Answer, Deviation

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.asked import Asked

    Read = Callable[[Asked, Answer], list[Deviation]]


SUCCESS = 200
ERROR = "error"
OTHER = "another path"


def kind(asked: Asked, answer: Answer) -> str:
    """Return the kind of an answer; of another path only an error has a contract."""
    if answer.status >= REFUSED:
        return ERROR if asked.kind else f"{ERROR} of {OTHER}"
    return asked.kind or OTHER


def deviations(asked: Asked, answer: Answer) -> list[Deviation]:
    """Return in what an answer deviates from the contract; nothing where there is none for it."""
    if answer.status >= REFUSED:
        return error.deviations(answer)
    read = _READERS.get(asked.kind)
    if read is None:
        return []
    other = [Deviation("status", CONTRACT, "status", str(answer.status))]
    return [*(other if answer.status != SUCCESS else []), *read(asked, answer)]


def _chat(asked: Asked, answer: Answer) -> list[Deviation]:
    return chat.plain(answer, choices=_count(asked))


def _chat_stream(asked: Asked, answer: Answer) -> list[Deviation]:
    return chat.streamed(answer, with_usage=asked.with_usage)


def _completion(asked: Asked, answer: Answer) -> list[Deviation]:
    return completion.plain(answer, count=_count(asked) * _several(asked.fields.get("prompt")))


def _completion_stream(asked: Asked, answer: Answer) -> list[Deviation]:
    return completion.streamed(answer, with_usage=asked.with_usage)


def _embeddings(asked: Asked, answer: Answer) -> list[Deviation]:
    packed = asked.fields.get("encoding_format") == "base64"
    texts, numbers = _several(asked.fields.get("input")), asked.fields.get("dimensions")
    return embedding.deviations(answer, texts=texts, base64_asked=packed, numbers=numbers)


def _models(asked: Asked, answer: Answer) -> list[Deviation]:
    del asked
    return model_list.deviations(answer)


def _model(asked: Asked, answer: Answer) -> list[Deviation]:
    del asked
    return one_model.deviations(answer)


def _count(asked: Asked) -> int:
    wanted = asked.fields.get("n")
    return wanted if isinstance(wanted, int) and wanted else 1


def _several(given: Any) -> int:
    """Return how many texts are given; a list of token numbers is one."""
    several = isinstance(given, list) and not all(isinstance(item, int) for item in given)
    return len(given) if several else 1


_READERS: dict[str, Read] = {
    "chat": _chat,
    f"chat{STREAM}": _chat_stream,
    "completion": _completion,
    f"completion{STREAM}": _completion_stream,
    "embeddings": _embeddings,
    "models": _models,
    "model": _model,
}
