"""Applications behind each web server's guard, from the example files in contrib/.

    m = make("nginx"); m.start(conf); m.request("GET", "/members/files/any/page")
    m.taken()   # what reached the applications since the last time

Four kinds of them stand below /members, which the examples guard: a folder of
files, a FastCGI program (as PHP behind PHP-FPM), a CGI program, and a service
behind a reverse proxy.  Each remembers what it received.
"""

import http.server
import os
import threading

import child
import fcgi_app
import mounts
import prog

URLS = {"files": "/members/files", "php": "/members/app.php",
        "cgi": "/members/app.cgi", "service": "/members/service"}
FIELDS = ("provider", "user", "session", "email", "name", "org", "roles", "aal")
CONTENT = "the content of a guarded file, "      # and then its path

CGI = """\
#!/bin/sh
{{ env; printf 'LENGTH=%s\\n' "$(wc -c)"; echo =====; }} >>{log}
printf 'Content-Type: text/plain\\r\\n\\r\\nthe program was run\\n'
"""


class Taken:
    """What an application received: pairs, in order, and how long the body was."""

    def __init__(self, place, method, pairs, length):
        self.place, self.method, self.length = place, method, length
        self.pairs = pairs

    def all(self, name):
        return [v for k, v in self.pairs if k.lower() == name.lower()]

    def who(self):
        """The identity as this kind of application reads it."""
        spelled = "x-auth-{}" if self.place == "service" else "auth_{}"
        found = {f: self.all(spelled.format(f)) for f in FIELDS}
        found["remote_user"] = self.all(
            "remote-user" if self.place == "service" else "remote_user")
        # A FastCGI parameter may be there and empty: nobody is named by it.
        return {k: v[0] if len(v) == 1 else v for k, v in found.items() if any(v)}

    def __repr__(self):
        rows = "".join(f"\n    {k}: {v[:200]}" for k, v in self.pairs)
        return f"{self.place} got {self.method}, {self.length} bytes{rows}"


class Service:
    """The service behind: it answers what any request has brought."""

    def __init__(self):
        service, self.calls = self, []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"   # which knows "100 Continue"
            def __getattr__(self, name):
                if name.startswith("do_"):
                    return self.answer
                raise AttributeError(name)

            def answer(self):
                length = len(self.body())
                service.calls.append(Taken("service", self.command, list(
                    self.headers.items()), length))
                text = b"the service was asked\n"
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            def body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                data = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                return data

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Guarded:
    """The applications, and the places of the examples; a mount is the other parent."""

    places_of_apps = ("files", "php", "service")

    def __init__(self, **how):
        super().__init__(**how)
        self.app = fcgi_app.App(self.scratch / "run/app.sock")
        self.service = Service()
        self.offset = 0
        for name in ("signin.html", "refused.json"):
            with open(os.path.join(mounts.CONTRIB, "guard", name)) as page:
                self.scratch.mkdir("share")
                self.scratch.write("share/" + name, page.read())
        self.scratch.mkdir("www/members")
        self.scratch.write("www/membership.txt", "for everybody")
        self.scratch.mkdir("www/members/folder/any")
        for name in ("app.php", "folder/any/index.php"):
            self.scratch.write("www/members/" + name, "<?php the source ?>")
        self.scratch.write("www/members/app.cgi", CGI.format(
            log=self.scratch / "run/cgi.log"), 0o755)

    def files(self, *subs):
        """Files of the guarded folder."""
        for sub in subs:
            self.scratch.mkdir(os.path.dirname("www/members/files" + sub))
            self.scratch.write("www/members/files" + sub, CONTENT + sub)

    def places(self):
        port = self.service.address.rpartition(":")[2]
        return {**super().places(),
                "/run/php/php-fpm.sock": self.app.path,
                "127.0.0.1:8080": self.service.address,
                '"host" => "127.0.0.1", "port" => 8080':
                    f'"host" => "127.0.0.1", "port" => {port}',
                "/usr/share/gatehouse": self.dir + "/share",
                "/etc/lighttpd/": self.dir + "/etc/",
                "/etc/apache2/": self.dir + "/etc/"}

    def taken(self):
        """What the applications received since the last call of this."""
        found, self.service.calls = self.service.calls, []
        calls, self.app.calls = self.app.calls, []
        for call in calls:
            found.append(Taken("php", call.get("REQUEST_METHOD"), call.params,
                               len(call.body)))
        return found + self._taken_by_cgi()

    def _taken_by_cgi(self):
        try:
            with open(self.scratch / "run/cgi.log", errors="surrogateescape") as f:
                f.seek(self.offset)
                text = f.read()
                self.offset = f.tell()
        except FileNotFoundError:
            return []
        found = []
        for part in text.split("=====\n")[:-1]:
            pairs = [tuple(row.partition("=")[::2]) for row in part.splitlines()]
            env = dict(pairs)
            found.append(Taken("cgi", env.get("REQUEST_METHOD"), pairs,
                               int(env.pop("LENGTH"))))
        return found

    def close(self):
        super().close()
        self.app.close()
        self.service.close()


class Nginx(Guarded, mounts.Nginx):
    name = "nginx"
    examples = ("nginx/gatehouse.conf", "nginx/guard.conf",
                "nginx/guard-members.conf")
    beside = ("nginx/gatehouse_params", "nginx/guard_check_params",
              "nginx/guard_on", "nginx/guard_refusal",
              "nginx/guard_fastcgi_params", "nginx/guard_proxy_params")



    @property
    def site(self):
        return f"""\
        index index.php index.html;
        rewrite ^/short/(.*)$ /members/files/$1 last;
        location ~ "[.]php(/|$)" {{ fastcgi_pass unix:{self.app.path}; }}
        location ~ "[.](css|png)$" {{ expires 1d; }}
"""


class Lighttpd(Guarded, mounts.LighttpdSocket):
    """As a site is that has programs and proxies already: they come first."""

    name = "lighttpd"
    places_of_apps = ("files", "php", "cgi", "service")
    examples = ("lighttpd/gatehouse-socket.conf", "lighttpd/guard.conf")
    beside = ("lighttpd/guard-lookalikes.conf", "lighttpd/guard-headers.lua")

    @property
    def site(self):
        return f"""\
server.modules := ( "mod_rewrite", "mod_proxy", "mod_cgi" ) + server.modules
server.modules += ( "mod_fastcgi" )
index-file.names = ( "index.php", "index.html" )
static-file.exclude-extensions = ( ".php", ".cgi" )
url.rewrite-once = ( "^/short/(.*)$" => "/members/files/$1" )
cgi.assign = ( ".cgi" => "" )
fastcgi.server = ( ".php" => (( "socket" => "{self.app.path}" )) )
"""


class _Apache(Guarded):
    places_of_apps = ("files", "php", "cgi", "service")
    _modules = ("headers", "rewrite", "proxy", "proxy_fcgi", "proxy_http", "cgid",
                "authn_core", "authz_user")

    @property
    def main(self):
        return f'ScriptSock "{self.dir}/run/cgid.sock"\n'

    @property
    def site(self):
        return f"""\
DirectoryIndex index.php index.html
RewriteEngine On
RewriteRule "^/short/(.*)$" "/members/files/$1" [PT]
<Directory "{self.www}/members">
    Options +ExecCGI
    AddHandler cgi-script .cgi
</Directory>
"""


class Fcgid(_Apache, mounts.ApacheFcgid):
    name = "fcgid"
    program = "lib/gatehouse.fcgi"
    modules = mounts.ApacheFcgid.modules + _Apache._modules
    examples = ("apache/gatehouse-fcgid.conf", "apache/guard-fcgid.conf",
                "apache/guard-members.conf")
    beside = ("apache/guard-identity.conf",)


class Htaccess(_Apache, mounts.SharedHostingWrapper):
    """Nothing but .htaccess files: no service behind."""

    name = "htaccess"
    program = "home/gatehouse/gatehouse.fcgi"
    places_of_apps = ("files", "php", "cgi")
    modules = mounts.SharedHostingWrapper.modules + _Apache._modules
    override = "FileInfo AuthConfig Options"

    @property
    def site(self):
        return super().site + f"""\
<FilesMatch "\\.php$">
    SetHandler "proxy:unix:{self.app.path}|fcgi://localhost/"
</FilesMatch>
"""

    def lay_out(self):
        super().lay_out()
        guard = "apache/shared-hosting/guard/public_html/"
        self.scratch.write("www/members/.htaccess",
                           self.example(guard + "members/.htaccess"))
        with open(self.www + "/.htaccess", "a") as f:
            f.write(self.example(guard + ".htaccess"))
        for name in ("signin.html", "refused.json"):
            os.rename(self.scratch / ("share/" + name),
                      f"{self.www}/gatehouse-{name}")


class Authnz(_Apache, mounts.ApacheProxy):
    """The second Gatehouse, on a port, is the one under test."""

    name = "authnz"
    modules = mounts.ApacheProxy.modules + _Apache._modules + ("authnz_fcgi",)
    examples = ("apache/gatehouse-proxy.conf", "apache/guard-members.conf")
    outside = ("apache/guard-authnz.conf",)
    beside = ("apache/guard-identity.conf",)

    def start_backend(self):
        super().start_backend()
        for _ in range(5):
            self.second = prog.Program(self.conf, workers=self.workers,
                                       name="lib/second")
            self.second.address = f"tcp:127.0.0.1:{child.free_port()}"
            self.second.client.address = self.second.address
            try:
                self.second.start()
                return
            except RuntimeError as ended:   # somebody took the port
                if "in use" not in str(ended):
                    raise
        raise RuntimeError("no free port in five attempts")

    def places(self):
        return {**super().places(),
                "127.0.0.1:9100": self.second.address.partition(":")[2]}

    def stop(self):
        status = super().stop()
        second, self.second = getattr(self, "second", None), None
        return (second.stop() if second else 0) or status


class Direct(mounts.SpawnFcgi):
    """No web server: the table over the bare socket, in both forms."""

    name = "direct"


MOUNTS = {m.name: m for m in (
    Nginx, Lighttpd, Fcgid, Htaccess, Authnz, Direct)}


def make(name, **how):
    return MOUNTS[name](**how)
