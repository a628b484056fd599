# Building out of tree. Sourced, not run.
# shellcheck shell=bash

# Builds live in the user's cache, keyed by the source directory, so that two checkouts never
# share one and the checkout stays clean.
build_default_dir() { # SOURCE FLAVOUR
    local key
    key=$(printf %s "$1" | sha256sum | cut -c -12)
    echo "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gatehouse/$2-$key"
}

# A checkout that was configured in place cannot be built elsewhere as well (automake refuses);
# then its own build is the one to use.
build_dir() { # SOURCE WANTED
    if [[ -f $1/config.status ]]; then echo "$1"; else echo "$2"; fi
}

build_generate() { # SOURCE: configure, when the checkout has none yet
    [[ -x $1/configure ]] || (cd "$1" && ./autogen.sh)
}

build_configure() { # SOURCE BUILD ARGUMENT...: once for the same arguments
    local source=$1 build=$2
    shift 2
    mkdir -p "$build"
    [[ -f $build/config.status && $(cat "$build/.configured" 2>/dev/null) == "$*" ]] && return
    [[ -f $build/config.status && $# -eq 0 ]] && return
    (cd "$build" && "$source/configure" --quiet "$@") && echo "$*" >"$build/.configured"
}

build_make() { # BUILD TARGET...
    local build=$1
    shift
    make -C "$build" -j "$(nproc)" --no-print-directory "$@"
}

build_all() { # SOURCE BUILD ARGUMENT...: the three above, as one step
    local source=$1 build=$2
    shift 2
    build_generate "$source" && build_configure "$source" "$build" "$@" && build_make "$build"
}

build_program() { # BUILD: where the program is
    local file
    for file in "$1/gatehouse" "$1/src/gatehouse"; do
        [[ -f $file && -x $file ]] && echo "$file" && return
    done
    return 1
}
