"""Whether a report in JSON is what docs/report.schema.json says, and says nothing that the schema does not describe."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "report.schema.json"


def closed(schema):
    """The schema with every object closed: readers must allow for new members, we have to describe them."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if "properties" in inner and "object" in inner.get("type", ()) and "additionalProperties" not in inner:
        inner["unevaluatedProperties"] = False
    return inner


def validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(closed(schema))


def faults(report, judge):
    """What is wrong with `report`, a line each."""
    found = sorted(judge.iter_errors(report), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def breakages(report):
    """Copies of a report that holds to the schema, each broken in one way: (what was done, the copy)."""

    def broken(change):
        copy = json.loads(json.dumps(report))
        change(copy)
        return copy

    answer = report["answers"][0]
    return [
        ("without an outcome", broken(lambda it: it.pop("outcome"))),
        ("an outcome that is none", broken(lambda it: it.update(outcome="perhaps"))),
        ("an indication that does not fit", broken(lambda it: it.update(indication="TOTAL-PASSED", sub_indication="HASH_FAILURE"))),
        ("a time without a zone", broken(lambda it: it.update(at=it["at"].rstrip("Z")))),
        ("a length that is text", broken(lambda it: it.update(length="1"))),
        ("five answers", broken(lambda it: it["answers"].pop())),
        ("an answer that is none", broken(lambda it: it["answers"][0].update(answer=answer["answer"] + "-maybe"))),
        ("a row without Chinese", broken(lambda it: it["answers"][0]["rows"][0].pop("zh"))),
        ("a step that came to something else", broken(lambda it: it["steps"][0].update(result="well"))),
        ("a member that is not described", broken(lambda it: it.update(remark="none"))),
        ("a row with more than is described", broken(lambda it: it["answers"][0]["rows"][0].update(remark="none"))),
    ]
