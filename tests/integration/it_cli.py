#!/usr/bin/env python3
"""The program at a terminal: options, commands, what it says and how it ends."""

import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World                                   # noqa: E402
from child import Scratch                                       # noqa: E402
from prog import config_text, install, merge                    # noqa: E402
from tap import case, cases, is_, like, ok, run                 # noqa: E402

world = World()
idp, pg = world.idp, world.pg
ada = idp.user(name="Ada", verified=True)
home = Scratch()
home.mkdir("bin")
GATEHOUSE = install(home, "bin/gatehouse")
GONE = "postgresql:///gatehouse?host=/nonexistent"
CLOSED = "http://127.0.0.1:1"       # nobody listens below 1024 on loopback there


def conf(*changes, name="gatehouse.conf", mode=0o600, text=None):
    base = {"ory": {"url": idp.public}, "database": {"url": pg.url}}
    return home.write(name, config_text(merge(base, *changes)) if text is None else text, mode)


def gatehouse(*words, data="", env=None, program=GATEHOUSE):
    who = {"user": home.account.pw_uid, "group": home.account.pw_gid, "extra_groups": []} \
        if home.account else {}
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE")}
    return subprocess.run([program, *words], input=data, text=True, capture_output=True,
                          timeout=30, cwd=home.path, env={**clean, **(env or {})}, **who)


def check_(done, status, out="", err=""):
    is_(done.returncode, status, f"{done.args[1:]} {done.stdout}{done.stderr}")
    like(done.stdout, out, "standard output")
    like(done.stderr, err, "standard error")
    return done


FILE = conf()

# -- usage ---------------------------------------------------------------------------------


@cases("{0} prints the usage to standard output, status 0",
       [("--help",), ("-h",), ("check --help",), ("--help -c /nowhere",)])
def _(words):
    done = check_(gatehouse(*words.split()), 0, "^usage: gatehouse .*check.*migrate.*whoami")
    is_(done.stderr, "")


@case("--version prints name and number")
def _():
    check_(gatehouse("--version"), 0, r"^gatehouse \d+\.\d+\S*\n$")


@cases("wrong usage: {0}", [(w,) for w in (
    "--helpme", "-x", "-c", "-w", "-l", "-w 0", "-w -1", "-w 2x", "-w 99999", "-w 1 -w",
    "frobnicate", "check twice", "migrate up now", "migrate sideways", "migrate to",
    "migrate to zero", "migrate to 0", "migrate to -1", "print-config x", "whoami ada",
    "check -z", "- check", "a b c d e f g h i j")])
def _(words):
    words = words.split()
    if words[0] == "migrate":
        words += ["-c", FILE]
    done = check_(gatehouse(*words), 2, "^$", "usage: ")
    ok("Traceback" not in done.stderr)


@case("without a socket to serve on: the usage, status 2; with a wrong one: status 1")
def _():
    check_(gatehouse("-c", FILE), 2, "^$", "no socket to serve on")
    for wrong in "http:x", "unix:relative/" + "x" * 200, "tcp:localhost:80", "tcp:1", "tcp:":
        check_(gatehouse("-c", FILE, "-l", wrong), 1, "^$", "listen: |unlink|bind")


@cases("options may stand before or after the command: {0}", [
    ("-c FILE print-config",), ("print-config -c FILE",), ("-c /nowhere print-config -c FILE",),
    ("-w 3 -l unix:/x print-config -c FILE",)])
def _(words):
    check_(gatehouse(*words.replace("FILE", FILE).split()), 0, "bio_max = 2000")


# -- where the configuration is --------------------------------------------------------------

@case("GATEHOUSE_CONF is used without -c, and -c goes before it")
def _():
    other = conf({"bio_max": 77}, name="other.conf")
    env = {"GATEHOUSE_CONF": other}
    check_(gatehouse("print-config", env=env), 0, "bio_max = 77;")
    check_(gatehouse("print-config", "-c", FILE, env=env), 0, "bio_max = 2000;")
    check_(gatehouse("print-config", env={"GATEHOUSE_CONF": "/nowhere.conf"}), 1, "^$",
           "^/nowhere.conf: cannot be read")


@case("../gatehouse.conf, then .gatehouse.conf, from the folder of the executable")
def _():
    home.mkdir("site/app")
    program = install(home, "site/app/gatehouse")
    hidden = conf({"bio_max": 3}, name="site/app/.gatehouse.conf")
    plain = conf({"bio_max": 4}, name="site/app/gatehouse.conf")
    check_(gatehouse("print-config", program=program), 0, "bio_max = 3;")
    above = conf({"bio_max": 2}, name="site/gatehouse.conf")
    check_(gatehouse("print-config", program=program), 0, "bio_max = 2;")
    # By another name and from elsewhere it is the same executable's folder.
    link = home / "bin/link"
    os.symlink(program, link)
    check_(gatehouse("print-config", program=link), 0, "bio_max = 2;")
    for path in above, hidden:
        os.unlink(path)
    done = gatehouse("print-config", program=program)
    ok("bio_max = 4" not in done.stdout, "never a plain gatehouse.conf beside it")
    check_(done, 1, "^$", "/gatehouse/gatehouse.conf: cannot be read")
    os.unlink(plain)


# -- errors in it ----------------------------------------------------------------------------

ERRORS = {
    "an unknown key": ("bio_max = 5;\nbio_maximum = 5;", 2, "bio_maximum: there is no such key"),
    "an unknown key in a group": ("workers: {\n min = 1;\n most = 3;\n};", 3,
                                  "workers.most: there is no such key"),
    "an unknown group": ("wrokers: { min = 1; };", 1, "wrokers: there is no such key"),
    "a number for a time": ("workers: {\n request_timeout = 4;\n};", 2,
                            "workers.request_timeout: must be a string"),
    "a time without unit": ('ory: { timeout = "1500"; };', 1, "ory.timeout: must be a time"),
    "a time too long": ('ory: { timeout = "2h"; };', 1, "ory.timeout: must be from 50ms to 1m"),
    "a negative number": ("workers: { max = -1; };", 1, "workers.max: must be"),
    "a number out of range": ("\n\nbio_max = 0;", 3, "bio_max: must be from 1 to 100000"),
    "a number of 64 bits": ("bio_max = 5000000000L;", 1, "bio_max: must be"),
    "a text for a flag": ('ory: { cookies = "yes"; };', 1, "ory.cookies: must be true or false"),
    "a group for a text": ("public_url: { a = 1; };", 1, "public_url: must be a string"),
    "a text for a group": ('workers = "8";', 1, "workers: must be a group"),
    "a text for a list": ('providers = "ory";', 1, "providers: must be a list"),
    "an empty text in a list": ('cors: { allow_origins = [ "" ]; };', 1, "cors.allow_origins: "),
    "an origin with a path": ('public_url = "https://a.example/";', 1,
                              "public_url: must be an origin"),
    "an unknown provider": ('providers = [ "auth0" ];', 1, "providers: unknown provider"),
    "no provider": ("providers = [ ];", 1, "providers: must name one to eight"),
    "min above max": ("workers: { min = 9; max = 3; };", 1, "workers.min: must not be above"),
    "a stop before the requests' end": (
        'workers: { request_timeout = "8s";\n stop_timeout = "8s"; };', 2,
        "workers.stop_timeout: must be more than"),
    "an unknown level": ('log: { level = "loud"; };', 1, "log.level: must be one of"),
    "a log target that is none": ('log: { target = "file:relative"; };', 1, "log.target: must be"),
    "two addresses of one provider": ('ory: { url = "https://a.example"; project_slug = "b"; };',
                                      1, "ory.url: set exactly one"),
    "plain http to elsewhere": ('ory: { url = "http://ory.example"; };', 1,
                                "ory.url: plain http is allowed to loopback only"),
    "a file of a secret that is not there": ('\ndatabase: { url = "file:/nowhere"; };', 2,
                                             "database.url: /nowhere: No such file"),
    "an environment variable that is not set": ('database: { url = "env:NOT_SET_AT_ALL"; };', 1,
                                                "database.url: environment variable NOT_SET"),
    "a syntax error": ("bio_max = 5;\nmax_body = = 6;", 2, "syntax error"),
    "a key twice": ("bio_max = 5;\nbio_max = 6;", 2, "duplicate"),
}


@cases("a configuration with {0} is refused with file and line", [(n,) for n in ERRORS])
def _(name):
    text, line, words = ERRORS[name]
    if "ory:" not in text and "ory" not in name:
        text += f'\nory: {{ url = "{idp.public}"; }};'
    path = conf(text=text + "\n", name="broken.conf")
    for command in ["print-config"], ["check"], ["-l", f"unix:{home / 'never.sock'}"]:
        done = check_(gatehouse(*command, "-c", path), 1, "^$",
                      re.escape(f"{path}:{line}: ") + ".*" + words if "database.url" not in words
                      else re.escape(path) + ":.*" + words)
        ok("Assertion" not in done.stderr and len(done.stderr.splitlines()) == 1, "one line",
           done.stderr)
    ok(not os.path.exists(home / "never.sock"))


@case("all problems of a file are told at once")
def _():
    path = conf(text='bio_max = 0;\nmax_body = 1;\nnonsense = 2;\nory: { timeout = "x"; };\n',
                name="broken.conf")
    done = check_(gatehouse("check", "-c", path), 1)
    is_([line.split(":")[1] for line in done.stderr.splitlines()], ["1", "2", "3", "4"])


@cases("{0} instead of a configuration: an error, status 1", [
    ("a folder", "/tmp"), ("nothing", "/nowhere/at/all"), ("an empty name", ""),
    ("a device", "/dev/null")])
def _(_what, path):
    started = time.monotonic()
    done = gatehouse("check", "-c", path)
    is_(done.returncode, 1, done.stdout + done.stderr)
    ok(done.stderr, "it says something")
    ok(time.monotonic() - started < 5, "soon")


# -- secrets -------------------------------------------------------------------------------

PASSWORD = "s3cret-canary"
LITERALS = (f"postgresql://gatehouse:{PASSWORD}@/gatehouse?host=/nonexistent",
            f"postgres://g:{PASSWORD}@127.0.0.1:1/x",
            f"host=/nonexistent user=gatehouse password={PASSWORD}",
            f"postgresql:///x?host=/nonexistent&password={PASSWORD}")


@cases("a literal password in a file that others can read is refused: form {0}",
       [(n,) for n in range(len(LITERALS))])
def _(n):
    change = {"database": {"url": LITERALS[n]}}
    for mode, status in (0o644, 1), (0o604, 1), (0o640, 0), (0o600, 0):
        done = gatehouse("print-config", "-c", conf(change, name="secret.conf", mode=mode))
        is_(done.returncode, status, oct(mode))
        ok(PASSWORD not in done.stdout + done.stderr, "it is not shown", done)
        if status:
            like(done.stderr, r"secret\.conf:\d+: database\.url: .*others can read")
    like(done.stdout, r'url = "\(hidden\)"')
    done = gatehouse("check", "-c", home / "secret.conf")
    is_(done.returncode, 1)
    ok(PASSWORD not in done.stdout + done.stderr, "not by check either", done)


@case("a secret by file, environment and systemd credential is used and never shown")
def _():
    url = pg.url + f"&password={PASSWORD}"
    secret = home.write("dsn", url + "\n", 0o600)
    ways = {"file:" + secret: {}, "file:dsn": {}, "env:DSN": {"DSN": url},
            "credential:dsn": {"CREDENTIALS_DIRECTORY": home.path}}
    gatehouse("migrate", "up", "-c", FILE)
    for written, env in ways.items():
        path = conf({"database": {"url": written}}, name="ref.conf", mode=0o644)
        done = gatehouse("print-config", "-c", path, env=env)
        is_(done.returncode, 0, written + done.stderr)
        ok(PASSWORD not in done.stdout, written)
        check_(gatehouse("check", "-c", path, env=env), 0, "ok +database: PostgreSQL")


@case("a secret file that others can read, is empty or not text is refused")
def _():
    for content, mode, words in ((pg.url, 0o644, "others can read it"), ("", 0o600, "empty"),
                                 ("\n\n", 0o600, "empty"), (b"a\0b", 0o600, "not text"),
                                 ("x" * 9000, 0o600, "too long")):
        home.write("dsn", content, mode)
        path = conf({"database": {"url": "file:dsn"}}, name="ref.conf")
        check_(gatehouse("check", "-c", path), 1, "^$", r"ref\.conf:\d+: database\.url: .*" + words)


# -- print-config --------------------------------------------------------------------------

@case("print-config prints every key, and what it prints is a configuration of the same meaning")
def _():
    path = conf({"bio_max": 12, "public_url": "https://www.example.com",
                 "cors": {"allow_origins": ["https://a.example"], "max_age": "90s"},
                 "log": {"target": 'file:/tmp/a "b" \\c'}})
    first = check_(gatehouse("print-config", "-c", path), 0).stdout
    for key in "bio_max = 12;", 'max_age = "90s";', 'allow_origins = [ "https://a.example" ];', \
            'listen_mode = "0660";', "prepare = true;", 'max_body = "64KiB";':
        ok(key in first, key, first)
    again = home.write("again.conf", first, 0o600)
    second = check_(gatehouse("print-config", "-c", again), 0).stdout
    is_(second.splitlines()[1:], first.splitlines()[1:])


# -- check ---------------------------------------------------------------------------------

def lines(done):
    return dict(re.match(r"(?:ok|FAIL) +([^:]*): ", line) and
                (re.match(r"(?:ok|FAIL) +([^:]*): ", line).group(1), line.split()[0])
                for line in done.stdout.splitlines())


@case("check: all is well, one line for each part, status 0")
def _():
    gatehouse("migrate", "up", "-c", FILE)
    done = check_(gatehouse("check", "-c", FILE), 0)
    is_(lines(done), {"configuration": "ok", "database": "ok", "migrations": "ok",
                      "revocations": "ok", "provider ory": "ok", "cache": "ok"})


@cases("check: {0} is told, in time, with status 1", [
    ("the database away", {"database": {"url": GONE}},
     {"configuration": "ok", "database": "FAIL", "provider ory": "ok", "cache": "ok"}),
    ("the provider away", {"ory": {"url": CLOSED}},
     {"configuration": "ok", "database": "ok", "migrations": "ok", "revocations": "ok",
      "provider ory": "FAIL", "cache": "ok"}),
    ("both away", {"ory": {"url": CLOSED}, "database": {"url": GONE}},
     {"configuration": "ok", "database": "FAIL", "provider ory": "FAIL", "cache": "ok"})])
def _(_what, change, wanted):
    gatehouse("migrate", "up", "-c", FILE)
    started = time.monotonic()
    is_(lines(check_(gatehouse("check", "-c", conf(change, name="away.conf")), 1)), wanted)
    ok(time.monotonic() - started < 12, "in time")


@case("check: a provider that is not ready, or frozen, is told")
def _():
    for fault in {"e1": True}, {"hang": True, "only": "all"}:
        idp.faults(**fault)
        is_(lines(check_(gatehouse("check", "-c", FILE), 1))["provider ory"], "FAIL", fault)
    idp.faults()
    check_(gatehouse("check", "-c", FILE), 0)


@case("check: missing migrations, and what to run")
def _():
    pg.psql("CREATE DATABASE bare OWNER gatehouse", db="postgres")
    path = conf({"database": {"url": pg.url_for("bare")}}, name="bare.conf")
    done = check_(gatehouse("check", "-c", path), 1, "run: gatehouse migrate up")
    is_(lines(done)["migrations"], "FAIL")
    check_(gatehouse("migrate", "-c", path), 1, "pending")
    check_(gatehouse("migrate", "up", "-c", path), 0, "nothing is left to apply")
    check_(gatehouse("migrate", "status", "-c", path), 0, "applied.*the schema is current")
    check_(gatehouse("-c", path, "migrate", "to", "1"), 0)
    check_(gatehouse("migrate", "to", "99", "-c", path), 1, "", "no migration 99")
    check_(gatehouse("check", "-c", path), 0)


@case("check: a database that is read-only, or tables that are not ours")
def _():
    gatehouse("migrate", "up", "-c", FILE)
    for change, undo, why in (
            ("ALTER ROLE gatehouse SET default_transaction_read_only = on",
             "ALTER ROLE gatehouse RESET default_transaction_read_only", "read-only"),
            ("ALTER TABLE revocation OWNER TO postgres",
             "ALTER TABLE revocation OWNER TO gatehouse", "may not read and write")):
        pg.psql(change)
        try:
            check_(gatehouse("check", "-c", FILE), 1, "FAIL revocations: .*" + why)
        finally:
            pg.psql(undo)


@case("check: the admin API, when it is configured")
def _():
    for url, status, line in ((idp.admin, 0, "ok +ory admin API: ready"),
                              (idp.public, 1, "FAIL ory admin API: "),
                              (CLOSED, 1, "FAIL ory admin API: ")):
        path = conf({"ory": {"admin_url": url}}, name="admin.conf")
        check_(gatehouse("check", "-c", path), status, line)


@case("check: prepare = false needs a timeout at the server, and says how")
def _():
    path = conf({"database": {"prepare": False}}, name="plain.conf")
    done = check_(gatehouse("check", "-c", path), 1, "ALTER ROLE")
    is_(lines(done)["statement_timeout"], "FAIL")
    pg.psql("ALTER ROLE gatehouse SET statement_timeout = '2s'")
    try:
        check_(gatehouse("check", "-c", path), 0, r"ok +statement_timeout: 2s")
    finally:
        pg.psql("ALTER ROLE gatehouse RESET statement_timeout")


@case("migrate with the database away: status 1, in time, and why")
def _():
    path = conf({"database": {"url": GONE}}, name="away.conf")
    for words in ("status",), ("up",):
        check_(gatehouse("migrate", *words, "-c", path), 1, "^$", "gatehouse: .*database")


# -- whoami --------------------------------------------------------------------------------

@case("whoami: 0 and the identity, for a token and for a cookie, each as requests would get it")
def _():
    for line in ada.token, ada.token + "\n", ada.cookie, ada.cookie + "\r\n", "a=1; " + ada.cookie:
        done = check_(gatehouse("whoami", "-c", FILE, data=line), 0, "verdict +allowed")
        for word in ada.id, ada.session_id, ada.email, "Ada", "ory":
            ok(word in done.stdout, word, done.stdout)
        ok(ada.token not in done.stdout + done.stderr, "the credential is not shown")


@cases("whoami: {1} for {0}", [
    ("a token nobody has", 1, "ory_st_" + "x" * 32), ("no token", 1, "not a token"),
    ("another kind of token", 1, "ory_pat_" + "x" * 32), ("a cookie of another name", 1, "a=b"),
    ("a token too long", 1, "x" * 8100), ("nothing", 2, ""), ("an empty line", 2, "\n")])
def _(_what, status, line):
    done = gatehouse("whoami", "-c", FILE, data=line)
    is_(done.returncode, status, done.stdout + done.stderr)
    ok(done.stdout, "it says something")


@case("whoami: 1 and where to go when a second factor is missing")
def _():
    user = idp.user(aal2=True)
    check_(gatehouse("whoami", "-c", FILE, data=user.token), 1,
           "verdict +step_up.*self-service/login/browser.aal=aal2")


@case("whoami: 3 when it could not be found out: away, limited, lying; never 1")
def _():
    check_(gatehouse("whoami", "-c", conf({"ory": {"url": CLOSED}}, name="away.conf"),
                     data=ada.token), 3, "verdict +unsure")
    for fault in {"status": 503}, {"status": 429}, {"garbage": True}, {"close": True}, \
            {"hang": True}:
        idp.faults(**fault)
        check_(gatehouse("whoami", "-c", FILE, data=ada.token), 3, "verdict +unsure")
    idp.faults()
    check_(gatehouse("whoami", "-c", FILE, data=ada.token), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
