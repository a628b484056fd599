# Counting what automake's test driver found. Sourced, not run.
#
# Each test leaves a .trs file with one ":test-result:" line per TAP line; that is what is
# counted, not the screen output.
# shellcheck shell=bash

results_passed=0 results_failed=0 results_skipped=0

# results_count BUILD STAMP: adds the .trs files newer than STAMP; sets count_passed,
# count_failed and count_skipped for this build alone.
results_count() {
    local word number
    count_passed=0 count_failed=0 count_skipped=0
    while read -r number word; do
        case $word in
        PASS | XFAIL) count_passed=$((count_passed + number)) ;;
        SKIP) count_skipped=$((count_skipped + number)) ;;
        *) count_failed=$((count_failed + number)) ;;
        esac
    done < <(results_files "$1" "$2" |
        xargs -r -d '\n' sed -n 's/^:test-result: *\([A-Z]*\).*/\1/p' | sort | uniq -c)
    results_passed=$((results_passed + count_passed))
    results_failed=$((results_failed + count_failed))
    results_skipped=$((results_skipped + count_skipped))
}

results_files() { find "$1" -name '*.trs' -newer "$2" 2>/dev/null | sort; }

# results_show BUILD STAMP failed|skipped: which tests those are, from the logs of their files;
# for failed ones with what they said, enough to understand them from a CI log alone.
results_show() {
    local file words="FAIL|ERROR|XPASS" files=0
    [[ $3 == failed ]] || words=SKIP
    while read -r file; do
        grep -qE "^:test-result: ($words)" "$file" || continue
        ((++files <= 10)) || continue
        printf '\n  %s: %s\n' "$3" "${file%.trs}.log"
        if [[ $3 == failed ]]; then
            results_said "${file%.trs}.log"
        else
            grep -E '^SKIP: ' "${file%.trs}.log" | head -n 20 | sed 's/^/    /'
        fi
    done < <(results_files "$1" "$2")
    ((files <= 10)) || printf '\n  ... and %d more files\n' $((files - 10))
}

results_said() { # LOG: each failure with the lines after it, then the end
    { grep -E -A 8 '^(not ok|ERROR: |Bail out)' "$1" | head -n 60
        echo ...
        tail -n 12 "$1"; } | grep -vE '^(PASS|FAIL): ' | cut -c -300 | sed 's/^/    /'
}
