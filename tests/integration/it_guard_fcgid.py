#!/usr/bin/env python3
import sys
sys.dont_write_bytecode = True
import guard_runner  # noqa: E402
guard_runner.main("fcgid")
