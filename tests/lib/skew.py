"""A clock for programs under test that can be put forward: hours pass in no time.

    clock = Skew()
    program.start(env=clock.env)
    clock.forward(300)          # for all of its processes, at once

The program runs unchanged, with skew.c preloaded.  Put the clock forward while
no request is under way, as nothing else would take 300 seconds either.
"""

import mmap
import os
import shlex
import struct
import subprocess
import time

import child

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "skew.c")


class Skew:
    def __init__(self):
        self.scratch = child.Scratch()
        library = self.scratch / "skew.so"
        subprocess.run([*shlex.split(os.environ.get("CC") or "cc"), "-std=gnu11", "-O1", "-fPIC",
                        "-shared", "-o", library, SOURCE], check=True, timeout=60)
        file = self.scratch.write("ahead", bytes(8))
        self.env = {"LD_PRELOAD": library, "SKEW_FILE": file,
                    "ASAN_OPTIONS": "verify_asan_link_order=0:"
                                    + os.environ.get("ASAN_OPTIONS", "")}
        with open(file, "r+b") as f:
            self._map = mmap.mmap(f.fileno(), 8)
        self.ahead = 0.0

    def forward(self, seconds):
        self.ahead += seconds
        self._map[:] = struct.pack("=q", int(self.ahead * 1e9))

    def now(self):
        """time.time() as the program sees it."""
        return time.time() + self.ahead
