"""The effective configuration, key by key, out of what `gatehouse print-config` prints."""

import re

_OPENS = re.compile(r"([a-z_]+)\s*[:=]\s*(\(\s*)?\{")
_VALUE = re.compile(r"([a-z_]+)\s*[:=]\s*(.*);")

# What each kind of entry needs to be accepted; print-config then tells the defaults of the rest.
DEFAULTS = """providers = [ "ory" ];
ory: { url = "http://127.0.0.1:1"; };
oidc: ( { name = "x"; issuer = "https://x.invalid"; audience = [ "x" ]; } );
guard: { rules = ( { path = "/"; } ); };
"""
EMPTY = "( )"                       # a list without entries
REQUIRED = ("providers", "ory.url", "oidc.name", "oidc.issuer", "oidc.audience",
            "guard.rules.path")


def parse(text):
    """(key, value as written) of each setting; entries of lists are numbered: oidc[0].name."""
    found, groups, counts = [], [], {}
    for line in map(str.strip, text.splitlines()):
        opens, value = _OPENS.match(line), _VALUE.fullmatch(line)
        if opens:
            key = ".".join([*groups, opens[1]])
            counts[key] = 0
            groups.append(f"{opens[1]}[0]" if opens[2] else opens[1])
        elif line.startswith("}, {"):
            name = groups[-1].split("[")[0]
            key = ".".join([*groups[:-1], name])
            counts[key] += 1
            groups[-1] = f"{name}[{counts[key]}]"
        elif line.startswith("}"):
            groups.pop()
        elif value:
            found.append((".".join([*groups, value[1]]), value[2]))
    return found


def plain(key):
    """The name of a key without the numbers of entries, as the manual has it."""
    return re.sub(r"\[\d+\]", "", key)


def compared(text, defaults):
    """Each setting with its default and whether it differs; `defaults` is what print-config
    says of DEFAULTS, "" when that is not known."""
    usual = {plain(key): value for key, value in parse(defaults)}
    rows = []
    for key, value in parse(text):
        default = None if plain(key) in REQUIRED \
            else usual.get(plain(key), EMPTY if value == EMPTY else None)
        row = {"key": key, "value": value, "changed": bool(usual) and value != default}
        rows.append({**row, "default": default} if default is not None else row)
    return rows
