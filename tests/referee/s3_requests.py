"""Reads an HTTP request to S3 with botocore's model: which operation it is, and which members it carries.

botocore writes such requests and reads none, so the way back is here. Addresses are path-style, as a local AWS wants them.
"""

import functools
import urllib.parse
import xml.etree.ElementTree

from shapes import service

# Every request's: signing, retries, streamed bodies, and the SDK's own words.
HEADERS_OF_ALL = {
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
}
SIGNED = ("Algorithm", "Credential", "Date", "Expires", "Security-Token", "Signature", "SignedHeaders")
PARAMETERS_OF_ALL = {"x-id", *(f"X-Amz-{word}" for word in SIGNED)}
CONDITIONS = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range"}


class Operation:
    def __init__(self, model):
        self.model, self.name = model, model.name
        uri, _, query = model.http["requestUri"].partition("?")
        self.method, self.parts = model.http["method"], [part for part in uri.split("/") if part]
        self.literals = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        shape = model.input_shape
        self.members = dict(shape.members) if shape else {}
        self.required = set(shape.required_members) if shape else set()

    def at(self, location):
        """The members of one location, by their name there."""
        for name, shape in self.members.items():
            if shape.serialization.get("location") == location:
                yield shape.serialization.get("name", name), name

    @functools.cached_property
    def telling(self):
        """What a request must have to be this operation, besides method and path."""
        of_query = [key for key, name in self.at("querystring") if name in self.required]
        of_headers = [key.lower() for key, name in self.at("header") if name in self.required]
        return [("querystring", key) for key in [*self.literals, *of_query]] + [("header", key) for key in of_headers]


@functools.cache
def operations():
    model = service("s3")
    return [Operation(model.operation_model(name)) for name in model.operation_names]


def operation_of(request, query, parts):
    """The operation that asks for most of what the request has; None if there is none."""
    has = {("querystring", key) for key in query} | {("header", key) for key in request["headers"]}

    def fits(operation):
        literal = all(value in ("", query.get(key)) for key, value in operation.literals.items())
        same = operation.method == request["method"] and len(operation.parts) == len(parts)
        return same and literal and has.issuperset(operation.telling)

    fitting = [operation for operation in operations() if fits(operation)]
    # The SDKs also say it in words, which would decide between two that look alike.
    named = [operation for operation in fitting if operation.name == query.get("x-id")]
    return max(named or fitting, key=lambda operation: len(operation.telling), default=None)


def read(request):
    """The operation's name and its input, and what the request has that the operation does not know."""
    query = dict(urllib.parse.parse_qsl(request["query"] or "", keep_blank_values=True))
    bucket, _, key = urllib.parse.unquote(request["path"]).lstrip("/").partition("/")
    parts = [part for part in (bucket, key) if part]
    operation = operation_of(request, query, parts)
    if operation is None:
        return None, {}, [f"{request['method']} {request['path']}?{request['query']} is no operation of S3"]
    members = dict(zip((part.strip("{}+") for part in operation.parts), parts))
    unknown = []
    if query.get("x-id", operation.name) != operation.name:
        unknown.append(f"S3 takes it for {operation.name}, and the client for {query['x-id']}")
    of_query = dict(operation.at("querystring"))
    for name, value in query.items():
        if name in of_query:
            members[of_query[name]] = value
        elif name not in operation.literals and name not in PARAMETERS_OF_ALL:
            unknown.append(f"{operation.name} does not know the parameter {name}")
    unknown += headers(operation, request["headers"], members)
    body = operation.model.input_shape.serialization.get("payload")
    if request.get("body") and body and operation.members[body].type_name == "structure":
        members[body] = document(operation.members[body], xml.etree.ElementTree.fromstring(request["body"]))
    return operation.name, members, unknown


def headers(operation, given, members):
    known = {key.lower(): name for key, name in operation.at("header")}
    prefixes = {key.lower(): name for key, name in operation.at("headers")}
    for header, value in given.items():
        prefix = next((prefix for prefix in prefixes if header.startswith(prefix)), None)
        if header in known:
            members[known[header]] = value
        elif prefix:
            members.setdefault(prefixes[prefix], {})[header.removeprefix(prefix)] = value
        elif header.startswith("x-amz-checksum-") and (operation.model.http_checksum or {}).get("requestAlgorithmMember"):
            # The model says that the client may add one, and of its headers those alone that a person may give.
            continue
        elif header in CONDITIONS or (header.startswith("x-amz-") and header not in HEADERS_OF_ALL):
            yield f"{operation.name} does not know the header {header}"


def document(shape, element):
    """An XML element as the value of a shape. What the shape does not know keeps its own name, and is found later."""
    if shape.type_name != "structure":
        return element.text or ""
    named = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    value = {}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        name = named.get(tag, tag)
        member = shape.members.get(name)
        if member is not None and member.type_name == "list":
            flat = member.serialization.get("flattened")
            items = [document(member.member, item) for item in ([child] if flat else child)]
            value.setdefault(name, []).extend(items)
        else:
            value[name] = document(member, child) if member is not None else (child.text or "")
    return value
