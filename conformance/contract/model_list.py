"""What a list of models is."""

from __future__ import annotations

from conformance.contract import fields, json_body, one_model
from conformance.contract.deviation import CONTRACT, Answer, Deviation, shown

FIELDS = {"object", "data"}


def deviations(answer: Answer) -> list[Deviation]:
    """Return the deviations of a list of models; no identifier may stand in it twice."""
    body, found = json_body.read(answer)
    if body is None:
        return found
    name = "list-object" if "object" in body else "no-list-object"
    found += fields.one_of(body, "object", "$", name, {"list"})
    models, strays = json_body.objects(body, "data", "$", "data")
    found += strays
    for place, model in enumerate(models):
        found += one_model.of(model, f"$.data[{place}]")
    found += fields.no_more(body, FIELDS, "$")
    names = [shown(model.get("id")) for model in models]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [*found, *(Deviation("id-twice", CONTRACT, "$.data", name) for name in twice)]
