"""The front ends of contrib/ in a folder of their own, as npm would install them there."""

import atexit
import os
import shutil
import subprocess
import tempfile

from tap import Failed

CONTRIB = os.path.join(os.environ.get("top_srcdir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."), "contrib")
FOLDERS = ("client", "react", "vite")
MADE = shutil.ignore_patterns("node_modules", "dist")
STEP_LIMIT = 240


class Frontend:
    """Copies: nothing is made in the checkout."""

    def __init__(self, packages):
        self.path = tempfile.mkdtemp(prefix="gatehouse-front-")
        atexit.register(shutil.rmtree, self.path, True)
        os.chmod(self.path, 0o755)
        self.bin = os.path.join(packages, "node_modules", ".bin")
        os.symlink(os.path.join(packages, "node_modules"), self / "node_modules")
        for folder in FOLDERS:
            shutil.copytree(os.path.join(CONTRIB, folder), self / folder, ignore=MADE)
        # What "gatehouse-client": "file:../client" comes to.
        os.mkdir(self / "react/node_modules")
        os.symlink("../../client", self / "react/node_modules/gatehouse-client")

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def attempt(self, folder, *argv, **environment):
        """A program of the packages, or another one: exit status and output."""
        done = subprocess.run(
            argv, cwd=self / folder, timeout=STEP_LIMIT, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", **environment})
        return done.returncode, done.stdout

    def run(self, folder, *argv, **environment):
        """The output; Failed with it when the program is not content."""
        status, output = self.attempt(folder, *argv, **environment)
        if status:
            raise Failed(f"{' '.join(argv)}: exit status {status}\n{output}")
        return output
