# Starting, watching and stopping the parts of the quickstart. Sourced, not run.
#
# Every part is a direct child in a process group of its own: the terminal's Ctrl-C reaches the
# quickstart only, which stops the parts in order. Should the quickstart be killed without a
# chance to do that, the kernel signals each part (--pdeathsig).
# shellcheck shell=bash

declare -A service_pid=() service_log=() service_signal=()
service_order=()

# service_start NAME SIGNAL LOG COMMAND...: SIGNAL is the one that ends this part in good order.
# With service_user set, the part runs as that user.
service_start() {
    local name=$1 signal=$2 log=$3 identity=()
    shift 3
    [[ -z ${service_user:-} ]] ||
        identity=(--reuid="$service_user" --regid="$(id -g "$service_user")" --init-groups)
    : >"$log"
    set -m
    env --default-signal=PIPE setpriv "${identity[@]}" --pdeathsig "$signal" "$@" \
        >>"$log" 2>&1 </dev/null 9>&- &
    service_pid[$name]=$!
    set +m
    service_log[$name]=$log service_signal[$name]=$signal
    service_order=("$name" "${service_order[@]}")
}

service_alive() { kill -0 "${service_pid[$1]}" 2>/dev/null; }

# service_wait NAME SECONDS COMMAND...: until the command succeeds; the end of the quickstart
# when the part dies before or the time is over.
service_wait() {
    local name=$1 limit=$2 deadline
    shift 2
    deadline=$(($(ui_now) + limit * 1000))
    until "$@" >/dev/null 2>&1; do
        service_alive "$name" || service_give_up "$name" "$name ended while starting."
        (($(ui_now) < deadline)) ||
            service_give_up "$name" "$name did not answer within $limit seconds."
        sleep 0.1
    done
}

service_give_up() { # NAME WHY
    ui_log_tail "${service_log[$1]}"
    die "$2" "Its log: ${service_log[$1]}" \
        "If the data could be the cause: contrib/quickstart --reset clears it."
}

# Waits for any part to end and says which; a signal ends the wait through the trap.
service_watch() {
    local died= name
    wait -n -p died "${service_pid[@]}"
    for name in "${!service_pid[@]}"; do
        [[ ${service_pid[$name]} == "$died" ]] && service_dead=$name && return
    done
}

service_stop_all() { # newest first
    local name
    for name in "${service_order[@]}"; do
        service_stop "$name"
    done
    service_order=()
}

service_stop() { # NAME: its signal, 15 s, then KILL for its whole process group
    local pid=${service_pid[$1]} deadline
    kill "-${service_signal[$1]}" "$pid" 2>/dev/null
    deadline=$(($(ui_now) + 15000))
    while kill -0 "$pid" 2>/dev/null; do
        if (($(ui_now) >= deadline)); then
            warn "$1 did not stop within 15 seconds; killing it."
            break
        fi
        sleep 0.05
    done
    kill -KILL -- "-$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    unset "service_pid[$1]"
    return 0
}
