# Which Debian packages are needed, how to see that each is there, and how to install the rest.
# Sourced, not run.
# shellcheck shell=bash

# Per line: the Debian package, then a probe. Looking for the thing itself instead of asking
# dpkg lets software installed another way count, on systems without apt too.
#   cmd:NAME a program   hdr:NAME a C header   pc:NAME a pkg-config module
#   file:GLOB a file     fn:NAME a function below
packages_build='
gcc                    cmd:gcc
libc6-dev              hdr:stdio.h
make                   cmd:make
autoconf               cmd:autoconf
automake               cmd:automake
pkg-config             cmd:pkg-config
libfcgi-dev            hdr:fcgiapp.h
libcurl4-openssl-dev   pc:libcurl
libjson-c-dev          pc:json-c
libpq-dev              pc:libpq
libconfig-dev          pc:libconfig
libssl-dev             pc:libcrypto
'
packages_run='
postgresql             fn:postgres_bin
lighttpd               cmd:lighttpd
python3                cmd:python3
curl                   cmd:curl
'
packages_test='
clang                  cmd:clang
valgrind               cmd:valgrind
apache2                cmd:apache2
libapache2-mod-fcgid   file:/usr/lib/apache2/modules/mod_fcgid.so
nginx-light            cmd:nginx
spawn-fcgi             cmd:spawn-fcgi
pgbouncer              cmd:pgbouncer
prometheus             cmd:prometheus
wrk                    cmd:wrk
mandoc                 cmd:mandoc
systemd                cmd:systemd-analyze
chromium               cmd:chromium
lighttpd-modules-lua   file:/usr/lib/lighttpd/mod_magnet.so
php-fpm                file:/usr/sbin/php-fpm*
nodejs                 cmd:node
npm                    cmd:npm
openssl                cmd:openssl
'

# The directory with initdb and postgres. Debian keeps them out of PATH, one per version;
# with an argument, of that major version only.
postgres_bin() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/"${1:-*}"/bin | sort -rV) \
        "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v postgres || echo /)")"; do
        [[ -x $dir/initdb && -x $dir/postgres ]] || continue
        [[ -z ${1:-} || $("$dir/postgres" --version) == *" $1"[.\ ]* ]] || continue
        echo "$dir"
        return 0
    done
    return 1
}

package_present() { # PROBE
    local what=${1#*:}
    case $1 in
    cmd:*) command -v "$what" >/dev/null ;;
    hdr:*) echo "#include <$what>" | cc -E -x c - >/dev/null 2>&1 ;;
    pc:*) pkg-config --exists "$what" 2>/dev/null ;;
    file:*) compgen -G "$what" >/dev/null ;;
    fn:*) "$what" >/dev/null ;;
    esac
}

packages_missing() { # TABLE: the names, on one line
    local package probe missing=()
    while read -r package probe; do
        [[ -z $package ]] || package_present "$probe" || missing+=("$package")
    done <<<"$1"
    echo "${missing[*]}"
}

# The packages of servers start them at once and for good; nothing here needs those, and they
# would take ports. A policy-rc.d that says no is Debian's own way to hold them back; it stays
# only while apt runs, and an existing one is left alone.
packages_apt='
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\n# Temporary, by the installation step of Gatehouse\nexit 101\n" >"$policy"
    chmod 755 "$policy"
fi
apt-get -q update
apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
'

packages_apt_step() { # LOG PACKAGE...: as root, or through sudo
    local log=$1 as_root=()
    shift
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "packages are missing, and this user is not root and has no sudo." \
                "Ask an administrator to run:  apt-get install $*"
        say "  sudo may ask for your password now."
        sudo -v || die "sudo did not let this user install packages." \
            "Ask an administrator to run:  apt-get install $*"
        as_root=(sudo -n)
    fi
    # Half an installation helps nobody: Ctrl-C waits until apt is through.
    ui_unstoppable=apt
    step "Installing packages" "$log" \
        "Check the network and try again, or run:  apt-get install $*" \
        "${as_root[@]}" sh -c "$packages_apt" sh "$@"
    ui_unstoppable=
}

# packages_ensure LOG MAY_INSTALL TABLE: installs what is missing, or says what is and ends.
packages_ensure() {
    local missing
    missing=$(packages_missing "$3")
    if [[ -z $missing ]]; then
        ui_done "Packages" "nothing to install"
        return
    fi
    [[ $2 == yes ]] || die "these packages are missing: $missing" \
        "Install them (sudo apt-get install $missing), or leave out --no-install."
    command -v apt-get >/dev/null ||
        die "this system has no apt, so nothing can be installed for you." \
        "Install what these Debian packages hold, then start again:" "  $missing"
    say "  To install with apt: $missing"
    # shellcheck disable=SC2086
    packages_apt_step "$1" $missing
    missing=$(packages_missing "$3")
    [[ -z $missing ]] || die "still missing after the installation: $missing" "The log: $1"
}
