#!/bin/sh
# Makes configure and Makefile.in from configure.ac and Makefile.am.
set -eu
cd "$(dirname "$0")"
autoreconf --install --force
# AC_REQUIRE_AUX_FILE only asks for it; automake installs it with a test suite
[ -f build-aux/tap-driver.sh ] || {
    echo "autogen.sh: automake did not install tap-driver.sh" >&2
    exit 1
}
