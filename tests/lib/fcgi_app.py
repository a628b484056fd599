"""A FastCGI application on a unix socket, as PHP-FPM would stand behind a server.

    app = App(path, lambda call: call.shown()); app.calls; app.close()

It keeps every call: the parameters in the order of their arrival, repeated ones
too, and the body.  Threads of the test serve it, so a call that was answered is
known the moment the client has its answer.
"""

import json
import os
import socket
import struct
import threading

import fcgi


class Call:
    """A request as the application got it."""

    def __init__(self, role, params, body):
        self.role, self.params, self.body = role, params, body

    def all(self, name):
        return [v for k, v in self.params if k == name]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def shown(self):
        """What an application answers that prints what it received."""
        text = json.dumps({"params": self.params, "length": len(self.body)})
        return ("Status: 200 OK\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(text)}\r\n\r\n{text}").encode()


def _pairs(data):
    found, at = [], 0

    def length():
        nonlocal at
        n = data[at]
        if n < 128:
            at += 1
            return n
        n = struct.unpack_from("!I", data, at)[0] & 0x7fffffff
        at += 4
        return n

    while at < len(data):
        sizes = length(), length()
        name, value = (data[at:at + sizes[0]],
                       data[at + sizes[0]:at + sum(sizes)])
        found.append((name.decode("latin-1"), value.decode("latin-1")))
        at += sum(sizes)
    return found


class App:
    """answer(call) gives the bytes of the CGI response; None: just close."""

    def __init__(self, path, answer=Call.shown):
        self.path, self.answer, self.calls = path, answer, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,),
                             daemon=True).start()

    def _serve(self, sock):
        with sock:
            sock.settimeout(30)
            try:
                while self._one(sock):
                    pass
            except (OSError, fcgi.Broken):
                pass    # the web server left

    def _one(self, sock):
        """One request; whether another may come on this connection."""
        role, keep, data = None, False, {fcgi.PARAMS: b"", fcgi.STDIN: b""}
        wanted = fcgi.STDIN
        while True:
            got = fcgi.read_record(sock)
            if got is None:
                return False
            kind, request_id, content = got
            if kind == fcgi.BEGIN:
                role, flags = struct.unpack("!HB5x", content)
                keep = bool(flags & fcgi.KEEP_CONN)
                # Of an authorizer's stdin nothing need come, not even its end.
                wanted = fcgi.PARAMS if role == fcgi.AUTHORIZER else fcgi.STDIN
            elif kind in data:
                data[kind] += content
            if kind == wanted and not content:
                break
        call = Call(role, _pairs(data[fcgi.PARAMS]), data[fcgi.STDIN])
        self.calls.append(call)
        answer = self.answer(call)
        if answer is None:
            return False
        sock.sendall(fcgi.stream(fcgi.STDOUT, answer, request_id)
                     + fcgi.record(fcgi.END, struct.pack("!IB3x", 0, 0),
                                   request_id))
        return keep

    def close(self):
        self.listener.close()
