"""JSON Patch as Kratos takes it: add, replace and remove, nothing else.

"replace" of a member that does not exist adds it, and missing parents are
made, both as the real server does.
"""

DENIED = ("/id", "/statechangedat", "/credentials")


class PatchError(Exception):
    pass


def apply_patch(document, operations):
    if not isinstance(operations, list):
        raise PatchError("a JSON Patch is a list of operations")
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise PatchError("error parsing patch operations")
        op, path = operation.get("op"), operation["path"]
        if op not in ("add", "replace", "remove"):
            raise PatchError(f"unsupported operation: {op}")
        if path.lower() in DENIED or path.lower().startswith("/credentials/"):
            raise PatchError(f"patch includes denied path: {path}")
        if not path.startswith("/"):
            raise PatchError(f"invalid path: {path}")
        keys = [k.replace("~1", "/").replace("~0", "~") for k in path[1:].split("/")]
        _one(document, op, keys, path, operation.get("value"))
    return document


def _one(target, op, keys, path, value):
    for key in keys[:-1]:
        if isinstance(target, list):
            target = target[_index(target, key, path)]
        elif isinstance(target, dict):
            if not isinstance(target.get(key), (dict, list)):
                if op == "remove" or target.get(key) is not None:
                    raise PatchError(f"path not found: {path}")
                target[key] = {}
            target = target[key]
    last = keys[-1]
    if isinstance(target, list):
        if op == "add":
            target.insert(len(target) if last == "-" else _index(target, last, path, 1), value)
        elif op == "replace":
            target[_index(target, last, path)] = value
        else:
            del target[_index(target, last, path)]
    elif op == "remove":
        if last not in target:
            raise PatchError(f"path not found: {path}")
        del target[last]
    else:
        target[last] = value


def _index(target, key, path, beyond=0):
    if not (key.isascii() and key.isdigit()) or int(key) >= len(target) + beyond:
        raise PatchError(f"path not found: {path}")
    return int(key)
