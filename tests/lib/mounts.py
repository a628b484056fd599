"""Gatehouse behind each real web server, from the example files in contrib/.

    m = make("nginx"); m.start(conf); m.request("GET", "/healthz"); m.stop()

The examples are used as they are.  Only the places in them that every site
changes are replaced, as plain strings (PLACES below): the folder of the socket,
the configuration, the program and the document root, and in ory-proxy.conf the
address of Ory.  A test thus proves the very text that a reader copies.

Around an example stands the least a server needs to run in a scratch folder as
an unprivileged user; that text is here.  Each server is ready when it serves a
file with a random word from its document root: another test's server that took
the same port can not be mistaken for ours.
"""

import glob
import os
import re
import secrets
import shutil
import subprocess

import child
import evidence
import prog
import rawhttp

ROOT = os.environ.get("top_srcdir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")
CONTRIB = os.path.join(ROOT, "contrib")

# "==123== Invalid read", "==123==ERROR: AddressSanitizer", "x.c:1: runtime error:"
COMPLAINT = re.compile(r"^==\d+==|runtime error:|Assertion .* failed")

LIGHTTPD_MAIN = """\
server.modules = ( "mod_indexfile", "mod_staticfile" )
server.document-root = "{www}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{dir}/server.log"
server.pid-file = "{dir}/run/lighttpd.pid"
server.upload-dirs = ( "{dir}/tmp" )
server.max-connections = 512
server.max-fds = 2048
"""

APACHE_MAIN = """\
ServerRoot "{dir}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{dir}/run/apache.pid"
DefaultRuntimeDir "{dir}/run"
{modules}
ErrorLog "{dir}/server.log"
LogLevel warn
TraceEnable Off
StartServers 1
ServerLimit 4
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 256
MaxSpareThreads 256
<IfModule fcgid_module>
    FcgidIPCDir "{dir}/tmp"
    FcgidProcessTableFile "{dir}/tmp/fcgid_shm"
</IfModule>
<Directory />
    AllowOverride None
    Require all denied
</Directory>
# As every distribution has it:
<FilesMatch "^\.ht">
    Require all denied
</FilesMatch>
{outside}
<VirtualHost *:{port}>
    DocumentRoot "{www}"
    <Directory "{www}">
        AllowOverride {override}
        Require all granted
    </Directory>
{include}
</VirtualHost>
"""

# What every site has; each example names what it needs beyond.
APACHE_MODULES = ["mpm_event", "authz_core", "alias", "mime", "dir", "setenvif"]

NGINX_MAIN = """\
daemon off;
worker_processes 1;
pid {dir}/run/nginx.pid;
error_log {dir}/server.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {dir}/tmp/body;
    proxy_temp_path {dir}/tmp/proxy;
    fastcgi_temp_path {dir}/tmp/fastcgi;
    uwsgi_temp_path {dir}/tmp/uwsgi;
    scgi_temp_path {dir}/tmp/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=511;
        root {www};
{include}
    }}
}}
"""


def _program(*candidates):
    for name in candidates:
        found = shutil.which(name, path=os.environ.get("PATH", "")
                             + ":/usr/sbin:/usr/local/sbin")
        if found:
            return found
    raise child.Missing(f"none of {candidates} is installed")


class Mount:
    """What all have in common.  A subclass says how its server is set up.

    name: of the test; family: for expectations that servers share; reason
    lists why the answers of this one may differ (see the cases).
    """

    name = family = ""
    logs = ("server.log", "server.out", "stderr.log", "gatehouse.log")
    examples = ()       # files below contrib/ that the server includes
    beside = ()         # files that those include, installed in the same folder
    backend = None      # the running Gatehouse, where the server starts none

    def __init__(self, proxy_to=None, workers=2):
        """proxy_to: HOST:PORT of an Ory, to include the recipe /.ory/ too."""
        self.scratch = child.Scratch()
        self.dir = self.scratch.path
        self.proc = None
        self.port = None
        self.workers = workers
        self.proxy_to = proxy_to
        self.edits = {}     # further replacements a test wants in the examples
        for folder in ("run", "tmp", "etc", "lib", "www", "app"):
            self.scratch.mkdir(folder)
        self.www = self.scratch / "www"
        self.scratch.write("www/index.html", "<!doctype html><title>x</title>")
        self.word = secrets.token_hex(8)
        self.scratch.write("www/word.txt", self.word)

    # What the examples name -> what it is here.
    def places(self):
        places = {
            "/run/gatehouse/gatehouse.sock": self.dir + "/run/gatehouse.sock",
            "/etc/gatehouse/gatehouse.conf": self.dir + "/gatehouse.conf",
            "/usr/lib/gatehouse": self.dir + "/lib",
            "/srv/www": self.www,
            "/var/log/lighttpd": self.dir,
            "/home/u/": self.dir + "/home/",
        }
        if self.proxy_to:
            host, _, port = self.proxy_to.rpartition(":")
            places["127.0.0.1:4433"] = self.proxy_to
            places['"host" => "127.0.0.1", "port" => 4433'] = \
                f'"host" => "{host}", "port" => {port}'
        return {**places, **self.edits}

    def example(self, path):
        with open(os.path.join(CONTRIB, path)) as f:
            text = f.read()
        for old, new in self.places().items():
            text = text.replace(old, new)
        return text

    def write_examples(self):
        """Install the examples below etc/; their paths, in order."""
        for name in self.beside:
            self.write_example(name)
        names = list(self.examples)
        if self.proxy_to:
            names.append(self.family.partition("_")[0] + "/ory-proxy.conf")
        return [self.write_example(n) for n in names]

    def write_example(self, name):
        return self.scratch.write("etc/" + os.path.basename(name),
                                  self.example(name))

    def configure(self, conf):
        """Write gatehouse.conf where this mount's program looks for it."""
        self.conf = prog.merge(
            {"log": {"target": f"file:{self.scratch / 'gatehouse.log'}"}}, conf)
        evidence.configured(self.conf)
        self.scratch.write("gatehouse.conf", prog.config_text(self.conf), 0o600)

    def start(self, conf=None, ready="/readyz"):
        """Wait until ready is answered 200; migrations come after the start."""
        if conf is not None:
            self.configure(conf)
            self.start_backend()
        self.serve()
        if conf is not None and ready:
            child.wait_for(lambda: self._is_ok(ready), prog.READY,
                           f"{self.name}: {ready}")
        return self

    def start_backend(self):
        """Mounts that need a running Gatehouse start one here."""

    def migrate(self, path, conf):
        """A single process never migrates: its administrator does, first."""
        who = {}
        if self.scratch.account:
            who = {"user": self.scratch.account.pw_uid, "extra_groups": [],
                   "group": self.scratch.account.pw_gid}
        done = subprocess.run([self.scratch / path, "migrate", "up", "-c",
                               self.scratch / conf], capture_output=True,
                              text=True, timeout=prog.READY, **who)
        if done.returncode != 0:
            raise RuntimeError(f"migrate: {done.stdout}{done.stderr}")

    def serve(self):
        """Start the web server on a free port; again if it was taken."""
        for _ in range(5):
            self.port = child.free_port()
            argv = self.set_up()
            self.proc = child.spawn(argv, self.scratch / "server.out",
                                    self.scratch.account, cwd=self.dir)
            try:
                child.wait_for(self._is_ours, 20, f"{self.name}: start")
                return
            except ChildProcessError:
                said = "\n".join(self.scratch.tail("server.log", 5)
                                 + self.scratch.tail("server.out", 5))
                if "in use" not in said:
                    raise RuntimeError(f"{self.name} ended: {said}") from None
        raise RuntimeError(f"{self.name}: no free port in five attempts")

    def _is_ours(self):
        if self.proc.poll() is not None:
            raise ChildProcessError
        try:
            answer = rawhttp.request(self.address, "GET", "/word.txt", timeout=5)
            return answer.body.decode() == self.word
        except (OSError, rawhttp.Broken):
            return False

    def _is_ok(self, path):
        try:
            return self.request("GET", path).status == 200
        except (OSError, rawhttp.Broken):
            return False

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}"

    def request(self, method, target, headers=(), body=None, **how):
        return rawhttp.request(self.address, method, target, headers, body, **how)

    def exchange(self, data, method="GET", **how):
        return rawhttp.exchange(self.address, data, method, **how)

    def stop(self):
        """Stop the server, then the program; the program's exit status."""
        if self.proc:
            child.stop(self.proc)
            self.proc = None
        if self.backend:
            status, self.backend = self.backend.stop(), None
            return status
        return 0

    def diagnostics(self):
        """The ends of all logs, for a failed test."""
        lines = []
        for name in self.logs:
            tail = self.scratch.tail(name, 15)
            if tail:
                lines += [f"--- {name}"] + tail
        return lines

    def complaints(self):
        """Lines that a sanitizer or valgrind wrote, wherever they ended up."""
        return [line for name in self.logs
                for line in self.scratch.tail(name, 1 << 30)
                if COMPLAINT.search(line)]

    def close(self):
        self.stop()
        self.scratch.remove()


class WithSocket(Mount):
    """Servers that only connect: a preforked Gatehouse listens beside them."""

    via = "listen"
    env = None          # of that Gatehouse, beyond ours

    def start_backend(self):
        self.backend = prog.Program(self.conf, via=self.via, scratch=self.scratch,
                                    workers=self.workers, name="lib/gatehouse.fcgi")
        self.backend.start(env=self.env)


class SpawnFcgi(WithSocket):
    """No web server: spawn-fcgi's socket and our own FastCGI client."""

    name = family = "spawnfcgi"
    via = "spawn-fcgi"

    def serve(self):
        pass

    def request(self, method, target, headers=(), body=None, timeout=15, **how):
        self.backend.client.timeout = timeout
        return self.backend.client.http(method, target, headers, body, **how)


class _Lighttpd(Mount):
    family = "lighttpd"
    site = ""           # what the site has in front of the examples

    def set_up(self):
        main = LIGHTTPD_MAIN.format(dir=self.dir, www=self.www, port=self.port)
        main += self.site
        for path in self.write_examples():
            main += f'include "{path}"\n'
        conf = self.scratch.write("etc/lighttpd.conf", main)
        return [_program("lighttpd"), "-D", "-f", conf]


class LighttpdSpawn(_Lighttpd):
    name = "lighttpd_spawn"
    examples = ("lighttpd/gatehouse-spawn.conf",)
    logs = Mount.logs + ("breakage.log",)

    def start_backend(self):
        prog.install(self.scratch, "lib/gatehouse.fcgi")


class LighttpdSocket(_Lighttpd, WithSocket):
    name = "lighttpd_socket"
    examples = ("lighttpd/gatehouse-socket.conf",)


class _Apache(Mount):
    family = "apache"
    modules = ()
    override = "None"
    outside = ()        # examples for outside of the virtual host
    main = site = ""    # what a site has in front of the examples, out and in

    @staticmethod
    def _module_dir():
        for folder in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",
                       "/usr/lib/httpd/modules", "/usr/libexec/apache2"):
            if os.path.isdir(folder):
                return folder
        raise child.Missing("Apache's modules are not installed")

    def set_up(self):
        # mod_fcgid's own sockets and table must not meet those of the last run.
        for old in glob.glob(self.dir + "/tmp/*"):
            if not os.path.isdir(old):
                os.unlink(old)
        wanted = APACHE_MODULES + list(self.modules)
        if self.proxy_to:
            wanted += ["proxy", "proxy_http", "headers", "ssl", "socache_shmcb"]
        folder = self._module_dir()
        modules = "".join(f'LoadModule {m}_module "{folder}/mod_{m}.so"\n'
                          for m in dict.fromkeys(wanted)
                          if os.path.exists(f"{folder}/mod_{m}.so"))
        modules += "TypesConfig /dev/null\n"
        include = self.site + "".join(f'    Include "{p}"\n'
                                      for p in self.write_examples())
        outside = self.main + "".join(f'Include "{self.write_example(n)}"\n'
                                      for n in self.outside)
        conf = self.scratch.write("etc/apache.conf", APACHE_MAIN.format(
            dir=self.dir, www=self.www, port=self.port, modules=modules,
            override=self.override, include=include, outside=outside))
        return [_program("apache2", "httpd"), "-f", conf, "-DFOREGROUND"]


class ApacheFcgid(_Apache):
    name = "fcgid"
    family = "apache_fcgid"
    modules = ("fcgid",)
    examples = ("apache/gatehouse-fcgid.conf",)

    def start_backend(self):
        prog.install(self.scratch, "lib/gatehouse.fcgi")
        self.migrate("lib/gatehouse.fcgi", "gatehouse.conf")


class ApacheProxy(_Apache, WithSocket):
    name = "proxy_fcgi"
    family = "apache_proxy"
    modules = ("proxy", "proxy_fcgi")
    examples = ("apache/gatehouse-proxy.conf",)


class SharedHosting(_Apache):
    """Only .htaccess files, the rights a hoster gives, no server config."""

    name = "htaccess"
    family = "apache_htaccess"
    modules = ("fcgid", "rewrite", "version")
    override = "FileInfo AuthConfig Options"
    layout = "no-wrapper"

    def start_backend(self):
        self.lay_out()

    def lay_out(self):
        """As contrib/apache/shared-hosting/README tells."""
        base = f"apache/shared-hosting/{self.layout}/public_html/"
        self.scratch.mkdir("www/app")
        for name in (".htaccess", "app/.htaccess"):
            self.scratch.write("www/" + name, self.example(base + name))
        self.put_program()

    def put_program(self):
        prog.install(self.scratch, "www/app/gatehouse.fcgi")
        self.scratch.write("www/app/.gatehouse.conf",
                           prog.config_text(self.conf), 0o600)
        os.unlink(self.scratch / "gatehouse.conf")
        self.migrate("www/app/gatehouse.fcgi", "www/app/.gatehouse.conf")


class SharedHostingWrapper(SharedHosting):
    name = "htaccess_wrapper"
    layout = "wrapper"

    def put_program(self):
        self.scratch.mkdir("home/gatehouse")
        prog.install(self.scratch, "home/gatehouse/gatehouse.fcgi")
        self.scratch.write("home/gatehouse.conf",
                           prog.config_text(self.conf), 0o600)
        self.scratch.write("www/app/dispatch.fcgi", "", 0o755)
        os.unlink(self.scratch / "gatehouse.conf")
        self.migrate("home/gatehouse/gatehouse.fcgi", "home/gatehouse.conf")


class Nginx(WithSocket):
    name = family = "nginx"
    examples = ("nginx/gatehouse.conf",)
    beside = ("nginx/gatehouse_params",)
    site = ""           # what the site has in front of the examples

    def set_up(self):
        include = self.site + "".join(f"        include {p};\n"
                                      for p in self.write_examples())
        conf = self.scratch.write("etc/nginx.conf", NGINX_MAIN.format(
            dir=self.dir, www=self.www, port=self.port, include=include))
        return [_program("nginx"), "-c", conf, "-p", self.dir,
                "-e", self.dir + "/server.log"]


MOUNTS = {m.name: m for m in (
    SpawnFcgi, LighttpdSpawn, LighttpdSocket, ApacheFcgid, SharedHosting,
    SharedHostingWrapper, ApacheProxy, Nginx)}


def make(name, **how):
    return MOUNTS[name](**how)
