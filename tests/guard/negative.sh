#!/bin/sh
# SPDX-License-Identifier: MIT
# Guards guarded: each rule is broken in a copy of the tree, and its guard has
# to say "not ok", or to bail out when there is nothing left to look at.
set -eu
guards=$(cd "$(dirname "$0")" && pwd)
top=${top_srcdir:-$guards/../..}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# What the guards read; tests by name only, as the copy is made often.
cp -R "$top/api" "$top/src" "$top/sql" "$top/doc" "$top/etc" "$top/Makefile.am" \
	"$top/configure.ac" "$work"
mkdir -p "$work/contrib" "$work/tests/unit" "$work/tests/fuzz" \
	"$work/tests/integration"
cp -R "$top/contrib/grafana" "$top/contrib/prometheus" "$work/contrib"
cp -R "$top/tests/guard" "$top/tests/tests.am" "$work/tests"
(cd "$top/tests" && find unit fuzz integration -name '*_*.*' \
	! -path '*/corpus/*') | (cd "$work/tests" && xargs touch)
touch "$work/README.md"
chmod -R u+w "$work"

# breaks GUARD NAME COMMAND...: runs the command in the copy, sees the guard
# complain, and puts the files back that the command may have touched.
breaks() {
	guard=$1 name=$2
	shift 2
	number=$((number + 1))
	cp -R "$work" "$work.broken"
	(cd "$work.broken" && eval "$*")
	if said=$(top_srcdir=$work.broken sh "$guards/$guard" 2>&1); then
		echo "$said" | sed 's/^/# /'
		echo "not ok $number - $guard sees $name"
		failed=1
	elif echo "$said" | grep -qE '^(not ok|Bail out!)'; then
		echo "ok $number - $guard sees $name"
	else
		echo "$said" | sed 's/^/# /'
		echo "not ok $number - $guard fails for $name, but says nothing"
		failed=1
	fi
	rm -rf "$work.broken"
}

# A guard that complains anyway would see every break.
for guard in "$guards"/check-*; do
	number=$((number + 1))
	if top_srcdir=$work sh "$guard" >/dev/null 2>&1; then
		echo "ok $number - ${guard##*/} is content before"
	else
		echo "not ok $number - ${guard##*/} is content before"
		failed=1
	fi
done

breaks check-api 'a component that is not compiled in' \
	'echo "{}" >api/schemas/Orphan.json'
breaks check-api 'a component that is gone' 'rm api/schemas/Theme.json'
breaks check-api 'a reason that is not described' \
	'sed -i "s/REASON_CROSS_SITE,/NULL,/" src/route/openapi_refusals.c'
breaks check-api 'a reason of nobody knows where' \
	'sed -i "s/REASON_CROSS_SITE/\"cross_site\"/" src/route/guard.c'
breaks check-api 'a reason that is new' \
	'sed -i "s/REASON_DATABASE, 0/\"no_disk\", 0/" src/route/r_user.c'
breaks check-banned 'strcpy' 'echo "strcpy(a, b);" >>src/base/str.c'
breaks check-banned 'sprintf' 'echo "x = sprintf (a, b);" >>src/io/fcg.c'
breaks check-banned 'malloc in a route' \
	'echo "p = malloc(1);" >>src/route/cors.c'
breaks check-banned 'fcgi_stdio.h' \
	'echo "#include <fcgi_stdio.h>" >>src/io/fcg.c'
breaks check-banned 'a note to oneself' \
	'echo "/* TO""DO: later */" >>src/base/str.c'
breaks check-banned 'an empty tree' 'rm -r src'
breaks check-conf 'a key without an example' \
	'sed -i "/^bio_max/d" etc/gatehouse.conf'
breaks check-conf 'an example without a key' \
	'echo "nonsense = 1;" >>etc/gatehouse.conf'
breaks check-conf 'a key without its manual' \
	'sed -i "/It Cm log.slow/d" doc/gatehouse.conf.5'
breaks check-conf 'a manual in another order' \
	'sed -i "s/Cm log.level/Cm X/; s/Cm log.format/Cm log.level/;
	s/Cm X/Cm log.format/" doc/gatehouse.conf.5'
breaks check-conf 'another default' \
	'sed -i "s/^bio_max = .*/bio_max = 7;/" etc/gatehouse.conf'
breaks check-conf 'a key of a list of groups without an example' \
	'sed -i "/^		roles_claim/d" etc/gatehouse.conf'
breaks check-conf 'a key of a list of groups without its manual' \
	'sed -i "/It Cm oidc.aal2_acr/d" doc/gatehouse.conf.5'
breaks check-conf 'a list of groups that is not told as one' \
	'sed -i "/It Cm oidc Pq list of groups/d" doc/gatehouse.conf.5'
breaks check-conf 'another default in a list of groups' \
	'sed -i "s/email_claim = \"email\"/email_claim = \"mail\"/" \
	etc/gatehouse.conf'
breaks check-conf 'a key of a list within a group without an example' \
	'sed -i "/^	\/\/		roles_all/d" etc/gatehouse.conf'
breaks check-conf 'another default behind slashes' \
	'sed -i "s/^	\/\/		max_age = .*/	\/\/		max_age = \"1h\";/" \
	etc/gatehouse.conf'
breaks check-conf 'a missing manual' 'rm doc/gatehouse.conf.5'
breaks check-conf 'a table it cannot read' 'echo >src/conf/keys.c'
breaks check-floors 'an include upwards' \
	'echo "#include \"route/route.h\"" >>src/base/str.c'
breaks check-floors 'neighbours who know each other' \
	'echo "#include \"user/store.h\"" >>src/auth/auth.c'
breaks check-floors 'a folder without a floor' \
	'mkdir src/misc; touch src/misc/x.c'
breaks check-headers 'a header that needs another' \
	'echo "size_t x(struct arena *a);" >src/base/err.h'
# What is not about compiling need not wait for it.
compiler=${CC:-cc}
export CC=true
breaks check-headers 'a function without a contract' \
	'sed -i "s|^#endif|\nint x(void);\n\n#endif|" src/base/err.h'
breaks check-headers 'another include guard' \
	'sed -i "s/BASE_ERR_H/ERR_H/" src/base/err.h'
CC=$compiler
command -v mandoc >/dev/null &&
	breaks check-man 'broken mdoc' 'echo ".Xx y" >>doc/gatehouse.8'
breaks check-man 'a missing page' 'rm doc/gatehouse.8'
breaks check-metrics 'a metric that nobody documents' \
	'sed -i "/^| .gatehouse_workers. |/d" doc/observability.md'
breaks check-metrics 'a documented one that is not there' \
	'echo "| \`gatehouse_moods\` | | x |" >>doc/observability.md'
breaks check-metrics 'an alert about nothing' \
	'sed -i s/gatehouse_revocation_age_seconds/gatehouse_revocation_age/ \
	contrib/prometheus/alerts.yml'
breaks check-metrics 'a panel about nothing' \
	'sed -i s/gatehouse_workers_limit/gatehouse_workers_most/ \
	contrib/grafana/gatehouse.json'
breaks check-metrics 'an alert without a test' \
	'sed -i "s/alert: GatehouseSlow/alert: GatehouseSlower/" \
	contrib/prometheus/alerts.yml'
breaks check-metrics 'a metric without a panel' \
	'sed -i s/gatehouse_log_lines_lost_total/gatehouse_requests_total/ \
	contrib/grafana/gatehouse.json'
breaks check-metrics 'a new alert without a test' \
	'echo "      - alert: GatehouseMood" >>contrib/prometheus/alerts.yml'
breaks check-metrics 'a test of an alert that is gone' \
	'echo "# alertname=\"GatehouseMood\"" \
	>>contrib/prometheus/alerts.test.yml'
breaks check-metrics 'two metrics of one name' \
	'sed -i s/gatehouse_workers_limit/gatehouse_workers/ \
	src/route/gauges.c'
breaks check-metrics 'a list it cannot read' \
	'echo >src/obs/metrics.h; echo >src/route/gauges.c'
breaks check-routes 'a route without its heading' \
	'sed -i "/^## GET .healthz/d" doc/http-api.md'
breaks check-routes 'a heading without its route' \
	'echo "## DELETE /user/profile" >>doc/http-api.md'
breaks check-routes 'a table it cannot read' 'echo >src/route/route.c'
breaks check-size 'a file of 501 lines' \
	'yes "" | head -501 >src/base/long.c'
breaks check-size 'a unit test of 301 lines' \
	'yes "" | head -301 >tests/unit/t_long.c'
breaks check-size 'a function of 61 lines' \
	'{ echo "int"; echo "f(void)"; echo "{"; yes "	g();" | head -59;
	echo "}"; } >>src/base/rng.c'
breaks check-size 'a line of 81 columns' \
	'printf "\t%073d\n" 0 >>src/base/rng.c'
breaks check-sql 'a statement nobody uses' \
	'echo "SELECT 1" >sql/queries/orphan.sql'
breaks check-sql 'a statement without a file' \
	'rm sql/queries/profile_get.sql'
breaks check-sql 'a gap in the migrations' \
	'echo "SELECT 1;" >sql/0003_add_x.up.sql'
breaks check-sql 'a migration backwards' \
	'echo "SELECT 1;" >sql/0002_add_x.down.sql'
breaks check-tests 'a module without a test' 'touch src/base/new.c'
breaks check-tests 'a module tested under the name of another' \
	'touch src/base/pool.c'
breaks check-tests 'an excuse that is stale' \
	'echo "gone: nobody knows" >>tests/guard/untested'
breaks check-tests 'a unit test that never runs' 'touch tests/unit/t_x.c'
breaks check-tests 'an integration test that never runs' \
	'touch tests/integration/it_x.py'
breaks check-tests 'a test that is gone' 'rm tests/unit/t_pool.c'
breaks check-vendors 'a library through the wrong door' \
	'echo "#include <curl/curl.h>" >>src/auth/ory.c'
breaks check-vendors 'a library without a door' \
	'echo "#include <zlib.h>" >>src/io/http.c'
breaks check-vendors 'one part of a library through the door of another' \
	'echo "#include <openssl/rsa.h>" >>src/io/crypt.c'
breaks check-vendors 'a part of a library without a door' \
	'echo "#include <openssl/ssl.h>" >>src/io/key.c'
breaks check-vendors 'a door without its library' \
	'sed -i "/fcgiapp.h/d" src/io/fcg.c'
echo "1..$number"
exit $failed
