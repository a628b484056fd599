"""PgBouncer in transaction mode in front of a Cluster, gone with the test."""

import os
import shutil

import child

PORT = 6432     # a part of the socket's name, nothing more

# server_login_retry: its own pause after a refused connection; the preset of
# 15 s would be ours, too.
INI = """\
[databases]
gatehouse = host={sockets} dbname={database} user=gatehouse
[pgbouncer]
listen_addr =
unix_socket_dir = {place}
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 50
server_login_retry = 1
"""


class Pooler:
    """size: connections to the server, for all clients together."""

    def __init__(self, cluster, size=2):
        self.program = shutil.which("pgbouncer", path=os.environ.get(
            "PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if not self.program:
            raise child.Missing("pgbouncer is not installed")
        self.cluster, self.proc = cluster, None
        place = cluster.scratch.mkdir("pooler", 0o755)
        users = cluster.scratch.write("users.txt", '"gatehouse" ""\n')
        self.ini = cluster.scratch.write("pgbouncer.ini", INI.format(
            sockets=cluster.sockets, database=cluster.database, place=place,
            users=users, size=size))
        self.socket = f"{place}/.s.PGSQL.{PORT}"
        self.url = f"host={place} port={PORT} dbname=gatehouse user=gatehouse"
        self.start()

    def start(self):
        self.proc = child.spawn([self.program, self.ini],
                                self.cluster.scratch / "pgbouncer.log",
                                self.cluster.account)
        child.wait_for(lambda: os.path.exists(self.socket), 10, "pgbouncer")

    def stop(self):
        child.stop(self.proc)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
