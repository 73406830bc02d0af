"""Holds a value against a shape of botocore's service models, more strictly than botocore itself, which leaves lengths of
texts, patterns and enums to the service. definitions.py and requests.py say what is held against which.
"""

import functools

import botocore.session
import regex

# A pattern that takes longer on some text tells nothing, and is counted as not checked.
PATTERN_WITHIN_S = 0.5
# What a pipeline works out when it runs. It may stand for any text or number.
PLACEHOLDERS = ({"Get"}, {"Std:Join"}, {"Std:JsonGet"})


@functools.cache
def service(name):
    return botocore.session.get_session().get_service_model(name)


@functools.cache
def compiled(pattern):
    """The service matches whole values. Its patterns are Java's, whose words `regex` knows."""
    return regex.compile(pattern)


class Against:
    """Checks of one kind: `placeholders` where a pipeline's expressions count, `texts` where a protocol writes every scalar
    as text."""

    def __init__(self, placeholders=False, texts=False):
        self.placeholders, self.texts = placeholders, texts
        self.unchecked = set()

    def faults(self, shape, value, path, filled=()):
        """What is wrong with `value`, one sentence each. `filled` names required members that somebody else adds."""
        if value is None:
            return
        if self.placeholders and isinstance(value, dict) and set(value) in PLACEHOLDERS:
            if shape.type_name in ("structure", "list", "map"):
                yield f"{path} is an expression, and {shape.name} is a {shape.type_name}"
            return
        if shape.type_name == "structure":
            yield from self.structure(shape, value, path, filled)
        elif shape.type_name == "list":
            yield from self.list(shape, value, path)
        elif shape.type_name == "map":
            yield from self.map(shape, value, path)
        else:
            yield from self.scalar(shape, value, path)

    def structure(self, shape, value, path, filled):
        if shape.metadata.get("document"):
            return
        if not isinstance(value, dict):
            yield f"{path} is no structure, as {shape.name} is: {brief(value)}"
            return
        given = {member for member, item in value.items() if item is not None}
        for member in shape.required_members:
            if member not in given and member not in filled:
                yield f"{path} lacks {member}, which {shape.name} requires"
        if shape.is_tagged_union and len(given) != 1:
            yield f"{path} has {len(given)} members, and {shape.name} is exactly one of its own"
        for member in sorted(given):
            if member not in shape.members:
                yield f"{path} has {member}, which {shape.name} does not know"
            else:
                yield from self.faults(shape.members[member], value[member], f"{path}.{member}")

    def list(self, shape, value, path):
        if not isinstance(value, list):
            yield f"{path} is no list, as {shape.name} is: {brief(value)}"
            return
        yield from within(shape, len(value), path, "entries")
        for place, item in enumerate(value):
            yield from self.faults(shape.member, item, f"{path}[{place}]")

    def map(self, shape, value, path):
        if not isinstance(value, dict):
            yield f"{path} is no map, as {shape.name} is: {brief(value)}"
            return
        yield from within(shape, len(value), path, "entries")
        for key, item in value.items():
            yield from self.faults(shape.key, key, f"{path}, key {key}")
            yield from self.faults(shape.value, item, f"{path}.{key}")

    def scalar(self, shape, value, path):
        kind = shape.type_name
        if self.texts and isinstance(value, str) and kind in ("integer", "long", "float", "double", "boolean"):
            value = read(kind, value)
        expected = KINDS[kind]
        if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            yield f"{path} is no {kind}, as {shape.name} is: {brief(value)}"
        elif kind in ("integer", "long", "float", "double"):
            yield from within(shape, value, path, "as its value")
        elif kind == "string":
            yield from self.text(shape, value, path)

    def text(self, shape, value, path):
        yield from within(shape, len(value), path, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{path} is {brief(value)}, and {shape.name} is one of {', '.join(shape.enum[:8])}"
        pattern = shape.metadata.get("pattern")
        if pattern:
            try:
                if not compiled(pattern).fullmatch(value, timeout=PATTERN_WITHIN_S):
                    yield f"{path} is {brief(value)}, and {shape.name} must match {pattern}"
            except (TimeoutError, regex.error) as error:
                self.unchecked.add(f"the pattern of {shape.name} ({type(error).__name__})")


KINDS = {
    "string": (str,),
    "character": (str,),
    "blob": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str),
}


def read(kind, text):
    """A scalar of a protocol that has only texts; the text itself where it is none."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    try:
        return int(text) if kind in ("integer", "long") else float(text)
    except ValueError:
        return text


def within(shape, size, path, what):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{path} has {size} {what}, and {shape.name} at least {least}"
    if most is not None and size > most:
        yield f"{path} has {size} {what}, and {shape.name} at most {most}"


def brief(value):
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
