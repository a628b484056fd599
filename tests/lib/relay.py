"""A TCP relay in front of a unix socket that can fall silent, cut or lie."""

import select
import socket
import threading


class Relay:
    """Listens on 127.0.0.1; `mode` counts for the bytes that come next.

    pass     everything goes through
    silent   connections are accepted, nothing is answered
    swallow  the next answer is dropped and its line cut, once; then pass
    close    connections are closed as soon as they are made
    garbage  every connection is answered with something else
    """

    def __init__(self, target, mode="pass"):
        self.target = target
        self.mode = mode
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server:
            try:
                if self.mode == "garbage":
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nno")
                if self.mode in ("garbage", "close"):
                    return
                server.connect(self.target)
                self._carry(client, server)
            except OSError:
                pass

    def _carry(self, client, server):
        while True:
            for end in select.select([client, server], [], [])[0]:
                data = end.recv(65536)
                if end is server and self.mode == "swallow":
                    self.mode = "pass"
                    return
                if not data:
                    return
                if self.mode == "silent":
                    continue
                (server if end is client else client).sendall(data)

    def close(self):
        self.listener.close()
