#!/usr/bin/env python3
import sys
sys.dont_write_bytecode = True
import api_runner  # noqa: E402
api_runner.main("fcgid")
