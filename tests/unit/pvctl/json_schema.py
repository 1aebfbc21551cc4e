# SPDX-License-Identifier: MIT
"""As much of JSON Schema (draft 7) as pvctl's schema uses. An unknown word is an error."""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "integer": int, "number": (int, float)}
WORDS = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const",
         "pattern", "minimum", "description", "title", "allOf"}


def has_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def find_problems(value, schema, root, path="$"):
    """What of the value does not agree with the schema, as texts."""
    unknown = set(schema) - WORDS
    if unknown:
        return [f"{path}: the schema has the unknown words {unknown}"]
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        return find_problems(value, root["definitions"][name], root, path)
    problems = [problem for part in schema.get("allOf", ())
                for problem in find_problems(value, part, root, path)]
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(has_type(value, name) for name in types):
        problems.append(f"{path}: {value!r} is no {types}")
    if "const" in schema and value != schema["const"]:
        problems.append(f"{path}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        problems.append(f"{path}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        problems.append(f"{path}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, (int, float)) and value < schema.get("minimum", value):
        problems.append(f"{path}: {value!r} is below {schema['minimum']}")
    if isinstance(value, dict):
        problems += problems_of_object(value, schema, root, path)
    if isinstance(value, list) and "items" in schema:
        for i, element in enumerate(value):
            problems += find_problems(element, schema["items"], root, f"{path}[{i}]")
    return problems


def problems_of_object(value, schema, root, path):
    problems = [f"{path}: has no {name}" for name in schema.get("required", ()) if name not in value]
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, element in value.items():
        if name in properties:
            problems += find_problems(element, properties[name], root, f"{path}.{name}")
        elif others is False:
            problems.append(f"{path}: has the unknown {name}")
        elif isinstance(others, dict):
            problems += find_problems(element, others, root, f"{path}.{name}")
    return problems
