#!/usr/bin/env python3
import sys

sys.dont_write_bytecode = True
import crowd_world                              # noqa: E402

crowd_world.main("fcgid")
