"""AWS's own Serverless transform judges ours: template.yaml expanded by both must be the same resources.

Usage, from the repository's root:
    cargo run -q -p windsock-cloudformation --example expand template.yaml | python tests/referee/serverless.py
"""

import json
import sys

import translated


def theirs(path):
    with open(path, encoding="utf-8") as file:
        return translated.translate(file.read())["Resources"]


def comparable(value):
    """`Fn::GetAtt` may be written as text or as a list."""
    if isinstance(value, dict):
        if set(value) == {"Fn::GetAtt"} and isinstance(value["Fn::GetAtt"], str):
            return {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def differences(ours, expected):
    for logical_id in sorted(set(ours) | set(expected)):
        if logical_id not in ours or logical_id not in expected:
            yield f"{logical_id}: only in {'ours' if logical_id in ours else 'theirs'}"
            continue
        mine, other = (comparable(side[logical_id].get("Properties", {})) for side in (ours, expected))
        if ours[logical_id]["Type"] != expected[logical_id]["Type"]:
            yield f"{logical_id}: {ours[logical_id]['Type']}, not {expected[logical_id]['Type']}"
        if ours[logical_id]["Type"] == "AWS::Lambda::Function":
            mine.pop("Code"), other.pop("Code")
        for name in sorted(set(mine) | set(other)):
            if mine.get(name) != other.get(name):
                yield f"{logical_id}.{name}: {json.dumps(mine.get(name))}, not {json.dumps(other.get(name))}"


found = list(differences(json.load(sys.stdin), theirs("template.yaml")))
print("\n".join(found) or "template.yaml: the Serverless transform gives the same resources")
sys.exit(1 if found else 0)
