# What contrib/quickstart and contrib/check show while they work. Sourced, not run.
#
# A step is one command with a title: on a terminal it shows one moving line (elapsed time and
# the last line of the command's log), elsewhere plain lines; at the end a tick and the time.
# A failed step shows the end of its log and what to do about it.
# shellcheck shell=bash

ui_init() {
    ui_tty=no ui_bold='' ui_dim='' ui_red='' ui_green='' ui_off=''
    ui_ok="ok" ui_bad="FAILED" ui_spin='|/-\'
    if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
        ui_tty=yes
        if [[ -z ${NO_COLOR:-} ]]; then
            ui_bold=$'\e[1m' ui_dim=$'\e[2m' ui_red=$'\e[31m' ui_green=$'\e[32m' ui_off=$'\e[0m'
        fi
    fi
    case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
    *[Uu][Tt][Ff]*8*) ui_ok="✓" ui_bad="✗" ;;
    esac
    ui_step_pid='' ui_unstoppable=''
    ui_began=$(ui_now)
}

# Milliseconds; EPOCHREALTIME uses the locale's decimal mark, hence the digit filter.
ui_now() { echo $((${EPOCHREALTIME//[!0-9]/} / 1000)); }

ui_seconds() { # MILLISECONDS -> "1.2 s" or "2 min 05 s"
    if (($1 < 100000)); then
        printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100))
    else
        printf '%d min %02d s' $(($1 / 60000)) $(($1 / 1000 % 60))
    fi
}

say() { printf '%s\n' "$*"; }
warn() { printf '%sNote:%s %s\n' "$ui_bold" "$ui_off" "$*"; }

# The message's further lines say what to do about it.
die() {
    printf '%s%s: %s%s\n' "$ui_red" "${0##*/}" "$1" "$ui_off" >&2
    shift
    (($# == 0)) || printf '  %s\n' "$@" >&2
    exit 1
}

# TITLE [REMARK]
ui_done() { printf '  %s %s %s\n' "$ui_green$ui_ok$ui_off" "$1" "$ui_dim${2:-}$ui_off"; }
ui_failed() { printf '  %s %s %s\n' "$ui_red$ui_bad$ui_off" "$1" "$ui_dim${2:-}$ui_off"; }

ui_log_tail() { # LOG: its last 20 lines, indented
    [[ -s $1 ]] || return 0
    printf '\n  The last lines of %s:\n' "$1"
    tail -n 20 -- "$1" | cut -c -400 | sed 's/^/    /'
    printf '\n'
}

ui_last_line() { # LOG WIDTH: the newest line with something on it, made safe for a terminal
    tail -c 600 -- "$1" 2>/dev/null | tr -d '\000-\010\013-\037\177' | grep -v '^[[:space:]]*$' |
        tail -n 1 | cut -c "-$2"
}

ui_show_moving() { # TITLE LOG BEGAN TICK
    local width=$((${COLUMNS:-$(tput cols 2>/dev/null || echo 80)} - ${#1} - 18))
    local last=
    ((width > 10)) && last=$(ui_last_line "$2" "$width")
    printf '\r\e[K  %s %s %s%s  %s%s' "${ui_spin:$(($4 % 4)):1}" "$1" \
        "$ui_dim" "$(ui_seconds $(($(ui_now) - $3)))" "$last" "$ui_off"
}

ui_watch() { # TITLE LOG BEGAN: until ui_step_pid has ended
    local tick=0 next=15000
    while kill -0 "$ui_step_pid" 2>/dev/null; do
        if [[ $ui_tty == yes ]]; then
            ui_show_moving "$1" "$2" "$3" "$((tick++))"
        elif (($(ui_now) - $3 >= next)); then
            printf '    still at it: %s (%s) %s\n' "$1" "$(ui_seconds $(($(ui_now) - $3)))" \
                "$(ui_last_line "$2" 60)"
            next=$((next + 15000))
        fi
        sleep 0.1
    done
    [[ $ui_tty == no ]] || printf '\r\e[K'
}

# ui_run TITLE LOG COMMAND...: runs it as a step and returns its exit status. The command gets
# a process group of its own, so that Ctrl-C reaches this script alone, which then decides.
ui_run() {
    local title=$1 log=$2 began status=0
    shift 2
    began=$(ui_now)
    [[ $ui_tty == yes ]] || printf '    %s ...\n' "$title"
    set -m
    ("$@") >"$log" 2>&1 </dev/null &
    ui_step_pid=$!
    set +m
    ui_watch "$title" "$log" "$began"
    wait "$ui_step_pid" || status=$?
    ui_step_pid=
    ui_took=$(ui_seconds $(($(ui_now) - began)))
    if ((status == 0)); then
        ui_done "$title" "$ui_took"
    else
        ui_failed "$title" "$ui_took"
    fi
    return "$status"
}

# step TITLE LOG ADVICE COMMAND...: the same, and the end of this script when it fails.
step() {
    local title=$1 log=$2 advice=$3
    shift 3
    ui_run "$title" "$log" "$@" && return
    ui_log_tail "$log"
    die "\"$title\" failed." "$advice" "The whole log: $log"
}

# For traps: ends the step in hand, its whole process group; one that must not be cut short
# (ui_unstoppable names it) is waited for.
ui_stop_step() {
    [[ -n ${ui_step_pid:-} ]] || return 0
    [[ $ui_tty == no ]] || printf '\r\e[K'
    if [[ -n $ui_unstoppable ]]; then
        say "Stopping as soon as $ui_unstoppable is through."
        wait "$ui_step_pid"
        return
    fi
    kill -TERM -- "-$ui_step_pid" 2>/dev/null
    local tries=50
    while kill -0 "$ui_step_pid" 2>/dev/null && ((tries-- > 0)); do sleep 0.1; done
    kill -KILL -- "-$ui_step_pid" 2>/dev/null
    ui_step_pid=
    return 0
}
