# SPDX-License-Identifier: MIT
# Sourced by every guard: where the tree is, and how a guard speaks TAP.  A
# guard that finds nothing to look at is blind, and says so.
top=${top_srcdir:-$(dirname "$0")/../..}
LC_ALL=C
export LC_ALL
number=0
failed=0

bail() {		# $1: why there is nothing to judge
	echo "Bail out! $1"
	exit 1
}

saw() {			# $1: what was to be looked at; $2: what it is called
	[ -n "$1" ] || bail "no $2 found: the guard is blind"
}

needs() {		# files below the tree that must be there
	for file; do
		[ -f "$top/$file" ] || bail "$file is missing"
	done
}

verdict() {		# $1: the rule as a sentence; $2: what breaks it
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "$2" | sed 's/^/# /'
		echo "not ok $number - $1"
		failed=1
	fi
}

finish() {
	echo "1..$number"
	exit $failed
}

only_in() {		# lines of list $1 that are not in list $2
	echo "$1" | grep -vxF -e "$2" || true
}
