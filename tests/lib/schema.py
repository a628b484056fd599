"""A part of JSON Schema (2020-12): as much as the API's description uses.

    wrong = schema.problems(document, {"$ref": "#/components/schemas/Profile"}, value)

Each problem is a line that says where.  A keyword that is not known here raises, so that no
part of the description goes unchecked.
"""

import math
import re

SAYS_NOTHING = {"description", "examples", "title", "format"}
TYPES = {
    "array": lambda v: isinstance(v, list),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: is_number(v) and v == math.floor(v),
    "null": lambda v: v is None,
    "number": lambda v: is_number(v),
    "object": lambda v: isinstance(v, dict),
    "string": lambda v: isinstance(v, str),
}


class Unknown(Exception):
    """The description uses what is not checked here."""


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(one, other):
    """JSON's equality: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def resolve(document, reference):
    """What a reference within the document stands for."""
    if not reference.startswith("#/"):
        raise Unknown(f"a reference to {reference}")
    found = document
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


class Checker:
    def __init__(self, document):
        self.document = document

    def problems(self, schema, value, where="$"):
        found = []
        for keyword, given in schema.items():
            if keyword in SAYS_NOTHING:
                continue
            check = getattr(self, "check_" + keyword.replace("$", ""), None)
            if check is None:
                raise Unknown(f"{keyword} at {where}")
            found += check(given, value, where, schema)
        return found

    def check_ref(self, given, value, where, _):
        return self.problems(resolve(self.document, given), value, where)

    def check_type(self, given, value, where, _):
        kinds = given if isinstance(given, list) else [given]
        good = any(TYPES[kind](value) for kind in kinds)
        return [] if good else [f"{where}: {value!r:.80} is no {' or '.join(kinds)}"]

    def check_const(self, given, value, where, _):
        return [] if same(given, value) else [f"{where}: {value!r:.80} is not {given!r}"]

    def check_enum(self, given, value, where, _):
        good = any(same(one, value) for one in given)
        return [] if good else [f"{where}: {value!r:.80} is none of {given}"]

    def check_allOf(self, given, value, where, _):
        return [line for schema in given for line in self.problems(schema, value, where)]

    def check_oneOf(self, given, value, where, _):
        wrong = [self.problems(schema, value, where) for schema in given]
        n = sum(not lines for lines in wrong)
        if n == 1:
            return []
        return [f"{where}: {n} of {len(given)} alternatives fit",
                *("  " + line for lines in wrong for line in lines)]

    def check_required(self, given, value, where, _):
        if not isinstance(value, dict):
            return []
        return [f"{where}: {name} is missing" for name in given if name not in value]

    def check_properties(self, given, value, where, _):
        if not isinstance(value, dict):
            return []
        return [line for name, schema in given.items() if name in value
                for line in self.problems(schema, value[name], f"{where}.{name}")]

    def check_additionalProperties(self, given, value, where, schema):
        if not isinstance(value, dict):
            return []
        more = [name for name in value if name not in schema.get("properties", {})]
        if given is False:
            return [f"{where}: {name} is not described" for name in more]
        return [line for name in more
                for line in self.problems(given, value[name], f"{where}.{name}")]

    def check_items(self, given, value, where, _):
        if not isinstance(value, list):
            return []
        return [line for i, item in enumerate(value)
                for line in self.problems(given, item, f"{where}[{i}]")]

    def check_minItems(self, given, value, where, _):
        short = isinstance(value, list) and len(value) < given
        return [f"{where}: less than {given} items"] if short else []

    def check_minLength(self, given, value, where, _):
        short = isinstance(value, str) and len(value) < given
        return [f"{where}: shorter than {given}"] if short else []

    def check_maxLength(self, given, value, where, _):
        long = isinstance(value, str) and len(value) > given
        return [f"{where}: longer than {given}"] if long else []

    def check_minimum(self, given, value, where, _):
        return [f"{where}: {value} < {given}"] if is_number(value) and value < given else []

    def check_maximum(self, given, value, where, _):
        return [f"{where}: {value} > {given}"] if is_number(value) and value > given else []

    def check_pattern(self, given, value, where, _):
        bad = isinstance(value, str) and not re.search(given, value)
        return [f"{where}: {value!r:.80} does not match {given}"] if bad else []


def problems(document, schema, value):
    return Checker(document).problems(schema, value)
