"""How each part is: the site as it says itself, the processes, and what they do."""

import asyncio
import json
import os
import re
import time
from urllib.parse import urlsplit

SECONDS = 5
BODY_MAX = 256 * 1024
GOOD = ("ok", "newer")
BAD = ("down", "changed")


async def fetch(url, path, trace):
    """(status, body as text) of a GET, as part of a trace; None when there is no answer."""
    where = urlsplit(url)
    request = (f"GET {path} HTTP/1.0\r\nHost: {where.netloc}\r\nAccept: application/json\r\n"
               f"traceparent: 00-{trace}-{trace[:16]}-01\r\n\r\n")
    writer = None
    try:
        async with asyncio.timeout(SECONDS):
            secure = where.scheme == "https"
            reader, writer = await asyncio.open_connection(
                where.hostname, where.port or (443 if secure else 80), ssl=secure)
            writer.write(request.encode())
            answer = b""
            while len(answer) < BODY_MAX and (part := await reader.read(BODY_MAX)):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), body.decode(errors="replace")
    except (OSError, TimeoutError, ValueError, IndexError):
        return None
    finally:
        if writer:
            writer.close()


def boot_time():
    with open("/proc/stat", encoding="ascii") as file:
        return int(re.search(r"^btime (\d+)$", file.read(), re.M)[1])


def process(name, pid):
    """What the kernel knows of a process; a zombie is not alive."""
    row = {"name": name, "pid": pid, "alive": False}
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except (OSError, IndexError, ValueError):
        return row
    tick = os.sysconf("SC_CLK_TCK")
    began = boot_time() + int(fields[19]) / tick
    return {**row, "alive": fields[0] not in "ZX",
            "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
            "since_ms": round(max(0, time.time() - began) * 1000),
            "cpu_ms": round((int(fields[11]) + int(fields[12])) * 1000 / tick),
            "memory_bytes": pages * os.sysconf("SC_PAGE_SIZE")}


def _state(word):
    return "ok" if word in GOOD else "down" if word in BAD \
        else "unknown" if word == "unknown" else "degraded"


def _part(name, word, detail=None):
    return {"name": name, "state": _state(word), "detail": detail or str(word)}


def parts_of(answer):
    """(/readyz's body or None, a row for each part that it names)."""
    try:
        status, text = answer
        body = json.loads(text)
        parts = (body.get("parts") or body["details"]["parts"]).items()
        overall = body.get("status") or "down"
    except (AttributeError, KeyError, TypeError, ValueError):
        return None, [_part("Site", "down", "no useful answer from /readyz")]
    rows = [_part("Site", overall, f"/readyz says {status}, {overall}")]
    for name, word in parts:
        if isinstance(word, dict):
            rows += [_part(f"Provider {each}", said) for each, said in word.items()]
        else:
            rows.append(_part(name.capitalize(), word))
    return body, rows


def file_part(name, path):
    try:
        size = os.stat(path).st_size
    except OSError:
        return _part(name, "unknown", "not there yet")
    return _part(name, "ok", f"{size / 1024:,.0f} KiB")
