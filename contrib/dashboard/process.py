"""Runs a program to its end, within a time and a number at once, and gives what it says."""

import asyncio
import os

OUTPUT_MAX = 8 * 1024 * 1024
AT_ONCE = 4
END_SECONDS = 2                     # for one that was killed
_turn = asyncio.Semaphore(AT_ONCE)


class Failed(Exception):
    """It could not be started, was too slow, or said too much."""


async def _collect(stream, child):
    """All of it, or a Failed: who says more than is allowed is ended."""
    parts, size = [], 0
    while part := await stream.read(64 * 1024):
        size += len(part)
        parts.append(part)
        if size > OUTPUT_MAX:
            parts.clear()
            if child.returncode is None:
                child.kill()
    return b"".join(parts).decode(errors="replace") if size <= OUTPUT_MAX \
        else Failed("it said too much")


async def _end(child):
    """Kills it. What it has said is thrown away: asyncio waits for the end of its pipes too."""
    async def drain(stream):
        while await stream.read(64 * 1024):
            pass

    child.kill()
    try:
        async with asyncio.timeout(END_SECONDS):
            await asyncio.gather(drain(child.stdout), drain(child.stderr), child.wait())
    except TimeoutError:
        pass                            # somebody else holds its pipes


async def _feed(stream, text):
    try:
        stream.write(text.encode())
        await stream.drain()
        stream.close()
    except OSError:
        pass                            # it ended without reading


async def run(argv, text="", seconds=5, env=None):
    """(exit status, output, complaints) of a program that reads `text`."""
    name = os.path.basename(argv[0])
    try:
        async with asyncio.timeout(seconds), _turn:
            return await _run(argv, text, env)
    except TimeoutError:
        raise Failed(f"{name} took longer than {seconds} s") from None
    except OSError as error:
        raise Failed(f"{name}: {error.strerror}") from None


async def _run(argv, text, env):
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd="/", env={**os.environ, **(env or {})})
    try:
        _, *texts = await asyncio.gather(
            _feed(child.stdin, text), _collect(child.stdout, child), _collect(child.stderr, child))
        for each in texts:
            if isinstance(each, Failed):
                raise each
        return await child.wait(), *texts
    finally:
        if child.returncode is None:
            await _end(child)
