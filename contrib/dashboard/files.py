"""The files of the page: those of one folder, by their names, and nothing else."""

import hashlib
import os

from web import Answer, Refused

FILE_MAX = 4 * 1024 * 1024
KINDS = {".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json",
         ".mjs": "text/javascript; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml",
         ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json"}


class Files:
    def __init__(self, folder):
        self.folder = folder

    def _listed(self):
        """Address to path. Walked each time: whoever works on the page sees changes at once."""
        found = {}
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.splitext(name)[1] in KINDS and os.path.isfile(path) \
                        and not name.startswith(".") and not os.path.islink(path):
                    found["/" + os.path.relpath(path, self.folder)] = path
        return found

    def answer(self, request):
        address = "/index.html" if request.path == "/" else request.path
        path = self._listed().get(address)
        if path is None:
            raise Refused(404, "no such page")
        with open(path, "rb") as file:
            body = file.read(FILE_MAX)
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.get("if-none-match"):
            return Answer(304, headers=headers)
        return Answer(200, body, KINDS[os.path.splitext(path)[1]], headers)
