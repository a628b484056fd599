# Packages from npm, at the versions of a lock file. Sourced, not run.
#
# They go into a folder of the user's cache or of a build, never into the checkout.
# shellcheck shell=bash

npm_present() { # FROM TO: whether TO holds what FROM's lock file says
    [[ -d $2/node_modules ]] && cmp -s "$1/package-lock.json" "$2/installed-lock.json"
}

npm_install() ( # FROM TO: once for the same lock file, also when two ask at the same time
    set -o pipefail
    mkdir -p "$2" && exec 8>>"$2/.lock" || exit 1
    flock -w 600 8 || exit 1
    npm_present "$1" "$2" && exit
    rm -f "$2/installed-lock.json"
    cp "$1/package.json" "$1/package-lock.json" "$2/" && cd "$2" || exit 1
    # A line for each package, whose name is what a person wants to see.
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=http 2>&1 8>&- |
        sed -u 's|^npm http fetch GET 200 https\?://[^/]*/||' || exit 1
    cp package-lock.json installed-lock.json
)
