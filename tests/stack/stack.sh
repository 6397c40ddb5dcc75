#!/usr/bin/env bash
# Leadport whole, on this machine, under one folder: a private MariaDB, a web
# server with the programs, and (unless another Graph API is named) the
# simulator of Meta.  Used by `make run` and by the system tests.
#
#   stack.sh up              build tree, configuration, database, servers
#   stack.sh web start|stop  the product's web server alone
#   stack.sh worker          become the worker, as the user who serves
#   stack.sh status          what runs; exit status 1 if nothing does
#   stack.sh stop            everything down
#   stack.sh env             the paths, as shell assignments
#
# Environment: STATE (./var), PORT (8080; the simulator takes PORT+1),
# SERVER (lighttpd or apache), V (release), GRAPH_URL, DIALOG_URL, LIMITS
# (lines for the section [limits]), APART (1: the simulator has a database
# server of its own, so that killing the product's leaves Meta alone), DISK (a
# folder for the product's database files).  A further web host of the same site:
# DATABASE (lines for the section [database], of one that is there with a
# database and a user leadport; none is started then) and KEY (the key file of
# the first host), with GRAPH_URL and DIALOG_URL of the first one's simulator.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
die() { printf 'stack: %s\n' "$1" >&2; exit 1; }

STATE=${STATE:-$top/var} PORT=${PORT:-8080} SERVER=${SERVER:-lighttpd}
V=${V:-release} LIMITS=${LIMITS:-}
if ! [[ $PORT =~ ^[1-9][0-9]{0,4}$ ]] || [ "$PORT" -ge 65535 ]; then
	die "PORT is a number from 1 to 65534, not \"$PORT\""
fi
case $SERVER in
lighttpd | apache) ;;
*) die "SERVER is lighttpd or apache, not \"$SERVER\"" ;;
esac
[ -n "${GRAPH_URL:-}" ] && [ -z "${DIALOG_URL:-}" ] && die "GRAPH_URL needs DIALOG_URL beside it"
if ! mkdir -p "$STATE" 2>/dev/null || ! [ -w "$STATE" ]; then
	die "cannot write to $STATE; choose another folder with STATE=…"
fi
STATE=$(cd "$STATE" && pwd -P)
# The address of a unix socket holds 107 bytes.
[ "${#STATE}" -le 62 ] || die "the folder's name is too long for sockets; choose another with STATE=…: $STATE"
case $STATE in *[!A-Za-z0-9/._+-]*) die "STATE takes letters, digits and /._+- only: $STATE" ;; esac

sim_port=$((PORT + 1))
build=$top/build/$V
db=$STATE/db sim_db=$STATE/${APART:+sim-}db home=$STATE/leadport www=$STATE/www web=$STATE/web
sim_home=$STATE/sim/leadport sim_www=$STATE/sim/www sim_web=$STATE/sim/web
graph_url=${GRAPH_URL:-http://127.0.0.1:$sim_port/graph}
dialog_url=${DIALOG_URL:-http://127.0.0.1:$sim_port/dialog}
db_sh=$top/tests/stack/db.sh web_sh=$top/tests/stack/web.sh
# Debian keeps servers where an ordinary user's PATH does not look.
export PATH=$PATH:/usr/sbin:/sbin

# Apache does not serve as root; what it serves belongs to its user then.
as_server=()
if [ "$(id -u)" = 0 ] && [ "$SERVER" = apache ]; then
	export SERVE_AS=www-data
	as_server=(setpriv --reuid=www-data --regid=www-data --clear-groups)
fi

# ---- the tree --------------------------------------------------------------

# A program may be running: place it under a new name and rename.
place() {
	cp "$1" "$2.new"
	mv -f "$2.new" "$2"
}

write_conf() { # FILE BASE_URL DATABASE FOLDER
	local database="socket = $4/db.sock"
	[ "$3" = sim ] || database=${DATABASE:-$database}
	(umask 077 && cat >"$1.new") <<-END
		[site]
		base_url = $2
		time_zone = Europe/Dublin
		[database]
		$database
		name = $3
		user = $3
		password = $3
		[meta]
		graph_url = $graph_url
		dialog_url = $dialog_url
		[limits]
		$LIMITS
	END
	mv -f "$1.new" "$1"
}

lay_product() {
	local p
	mkdir -p "$home/bin" "$home/var" "$www/cgi-bin"
	ln -sfn "$top/templates" "$home/templates"
	ln -sfn "$top/sql" "$home/sql"
	cp -R "$top/htdocs/." "$www/"
	for p in "$build"/cgi-bin/*.fcgi; do place "$p" "$www/cgi-bin/${p##*/}"; done
	place "$build/leadport" "$home/bin/leadport"
	write_conf "$home/leadport.conf" "http://127.0.0.1:$PORT" leadport "$db"
	[ -z "${KEY:-}" ] || (umask 077 && cp "$KEY" "$home/key")
}

lay_simulator() {
	local p
	mkdir -p "$sim_home/bin" "$sim_home/var" "$sim_www/cgi-bin"
	# Its own pages, and the one page that every program has.
	rm -rf "$sim_home/templates"
	mkdir "$sim_home/templates"
	ln -s "$top/templates/error.html" "$top/templates/part" "$top/tests/sim/templates"/* "$sim_home/templates/"
	ln -sfn "$top/tests/sim/sql" "$sim_home/sql"
	ln -sfn "$top/tests/sim/demo.json" "$sim_home/demo.json"
	cp "$top/htdocs/404.html" "$top/tests/sim/htdocs"/* "$sim_www/"
	for p in "$build"/tests/sim/cgi-bin/*.fcgi; do place "$p" "$sim_www/cgi-bin/${p##*/}"; done
	place "$build/simulator" "$sim_home/bin/simulator"
	write_conf "$sim_home/leadport.conf" "http://127.0.0.1:$sim_port" sim "$sim_db"
	[ -s "$sim_home/key" ] || make_key "$sim_home/key"
}

make_key() { # FILE
	(umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$1.new")
	mv -f "$1.new" "$1"
}

give_to_server() {
	if [ "${#as_server[@]}" -gt 0 ]; then
		mkdir -p "$web"
		chmod 755 "$STATE" "$db"
		chown -R www-data: "$home" "$www" "$web"
		"${as_server[@]}" test -r "$home/leadport.conf" -a -r "$home/templates/login.html" ||
			die "Apache serves as www-data, who cannot read $home or $top; choose other folders, or be no root"
	fi
}

# ---- up and down -----------------------------------------------------------

# Whatever runs a program that lies under STATE: FastCGI programs, workers
# (the webhook starts some by itself), the simulator.
our_programs() {
	{ find /proc/[0-9]*/exe -maxdepth 0 -lname "$STATE/*" -printf '%h\n' 2>/dev/null || true; } |
		sed 's|^/proc/||'
}

no_programs() { [ -z "$(our_programs)" ]; }

wait_until() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

end_programs() { # SIGNAL
	local pid
	for pid in $(our_programs); do kill -"$1" "$pid" 2>/dev/null || true; done
	wait_until no_programs
}

# A database left by a run that was killed is as good as a new one, but
# programs and servers may be of an older build or for another port.
down_but_database() {
	"$web_sh" stop "$web"
	"$web_sh" stop "$sim_web"
	end_programs TERM || end_programs KILL || die "a program under $STATE does not end"
}

web() {
	case $1 in
	start) "$web_sh" start "$SERVER" "$web" "$www" "$PORT" ;;
	stop) "$web_sh" stop "$web" ;;
	*) die "web start or web stop" ;;
	esac
}

up_simulator() {
	lay_simulator
	LEADPORT_CONF=$sim_home/leadport.conf "$sim_home/bin/simulator" init
	"$web_sh" start lighttpd "$sim_web" "$sim_www" "$sim_port"
}

up_databases() {
	if [ -z "${DATABASE:-}" ]; then
		"$db_sh" start "$db"
		"$db_sh" create "$db" leadport
	fi
	[ -z "${GRAPH_URL:-}" ] || return 0
	"$db_sh" start "$sim_db"
	"$db_sh" create "$sim_db" sim
}

up() {
	[ -x "$build/leadport" ] || die "nothing is built: run make"
	down_but_database
	"$web_sh" free "$web" "$PORT"
	[ -n "${GRAPH_URL:-}" ] || "$web_sh" free "$sim_web" "$sim_port"
	[ -z "${DISK:-}" ] || ln -sfn "$DISK" "$db"
	up_databases
	lay_product
	give_to_server
	"${as_server[@]}" "$home/bin/leadport" init >"$STATE/init.log" || die "leadport init failed"
	[ -n "${GRAPH_URL:-}" ] || up_simulator
	web start
}

status() {
	local pid any=1
	for pid in $(our_programs) $(cat "$db/db.pid" "$web"/*.pid "$sim_web"/*.pid 2>/dev/null); do
		ps -o pid=,etime=,args= -p "$pid" && any=0
	done
	return "$any"
}

case ${1:-} in
up) up ;;
web) web "${2:-}" ;;
worker) exec "${as_server[@]}" "$home/bin/leadport" worker ;;
status) status ;;
stop)
	down_but_database
	"$db_sh" stop "$db"
	"$db_sh" stop "$sim_db"
	;;
env) printf 'STATE=%q home=%q www=%q sim_home=%q db=%q port=%q\n' \
	"$STATE" "$home" "$www" "$sim_home" "$db" "$PORT" ;;
*) sed -n '6,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
