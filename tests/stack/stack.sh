#!/usr/bin/env bash
# Leadport whole, on this machine, under one folder: a private MariaDB, a web
# server with the programs, and (unless another Graph API is named) the
# simulator of Meta.  Used by `make run` and by the system tests.
#
#   stack.sh up              build tree, configuration, database, servers
#   stack.sh web start|stop  the product's web server alone
#   stack.sh worker          become the worker, as the user who serves
#   stack.sh stop            everything down
#   stack.sh env             the paths, as shell assignments
#
# Environment: STATE (./var), PORT (8080; the simulator takes PORT+1),
# SERVER (lighttpd or apache), V (release), GRAPH_URL, DIALOG_URL, LIMITS
# (lines for the section [limits]).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
STATE=${STATE:-$top/var} PORT=${PORT:-8080} SERVER=${SERVER:-lighttpd}
V=${V:-release} LIMITS=${LIMITS:-}
sim_port=$((PORT + 1))
build=$top/build/$V
mkdir -p "$STATE"
STATE=$(cd "$STATE" && pwd)
db=$STATE/db home=$STATE/leadport www=$STATE/www
sim_home=$STATE/sim/leadport sim_www=$STATE/sim/www
graph_url=${GRAPH_URL:-http://127.0.0.1:$sim_port/graph}
dialog_url=${DIALOG_URL:-http://127.0.0.1:$sim_port/dialog}

# Apache does not serve as root; what it serves belongs to its user then.
as_server=()
if [ "$(id -u)" = 0 ] && [ "$SERVER" = apache ]; then
	as_server=(setpriv --reuid=www-data --regid=www-data --clear-groups)
fi

die() { printf 'stack: %s\n' "$1" >&2; exit 1; }

# A program may be running: place it under a new name and rename.
place() {
	cp "$1" "$2.new"
	mv -f "$2.new" "$2"
}

give_to_server() {
	[ "${#as_server[@]}" -gt 0 ] || return 0
	mkdir -p "$STATE/web"
	chmod 755 "$STATE" "$db"
	chown -R www-data: "$home" "$www" "$STATE/web"
}

write_conf() { # FILE BASE_URL DATABASE
	(umask 077 && cat >"$1.new") <<-END
		[site]
		base_url = $2
		time_zone = Europe/Dublin
		[database]
		socket = $db/db.sock
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
	mkdir -p "$home/bin" "$home/var" "$www/cgi-bin"
	ln -sfn "$top/templates" "$home/templates"
	ln -sfn "$top/sql" "$home/sql"
	cp -R "$top/htdocs/." "$www/"
	local p
	for p in "$build"/cgi-bin/*.fcgi; do place "$p" "$www/cgi-bin/${p##*/}"; done
	place "$build/leadport" "$home/bin/leadport"
	write_conf "$home/leadport.conf" "http://127.0.0.1:$PORT" leadport
}

lay_simulator() {
	mkdir -p "$sim_home/bin" "$sim_home/var" "$sim_www/cgi-bin"
	ln -sfn "$top/templates" "$sim_home/templates"
	ln -sfn "$top/tests/sim/sql" "$sim_home/sql"
	cp "$top/htdocs/404.html" "$sim_www/"
	local p
	for p in "$build"/tests/sim/cgi-bin/*.fcgi; do place "$p" "$sim_www/cgi-bin/${p##*/}"; done
	place "$build/simulator" "$sim_home/bin/simulator"
	write_conf "$sim_home/leadport.conf" "http://127.0.0.1:$sim_port" sim
	[ -f "$sim_home/key" ] || (umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$sim_home/key")
}

fill() { # SAMPLE VAR WWW PORT
	sed -e '/^#/d' -e "s|@WWW@|$3|g" -e "s|@VAR@|$2|g" -e "s|@PORT@|$4|g" \
		-e "s|@MODULES@|/usr/lib/apache2/modules|g" "$1"
}

# The webhook gets more processes: deliveries come in bursts.
lighttpd_conf() { # VAR WWW PORT
	local p name n list=
	for p in "$2"/cgi-bin/*.fcgi; do
		name=$(basename "$p" .fcgi) n=2
		case $name in webhook | graph) n=4 ;; esac
		list+="\"/cgi-bin/$name.fcgi\" => (( \"bin-path\" => \"$p\", \"socket\" => \"$1/$name.sock\", \"min-procs\" => $n, \"max-procs\" => $n, \"check-local\" => \"disable\" )), "
	done
	fill "$top/conf/lighttpd.conf.example" "$@" | sed "s|@PROGRAMS@|$list|"
}

alive() { # PIDFILE NAME
	local pid
	pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] &&
		tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$2"
}

wait_until() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() { # PORT
	! listening "$1" || die "port $1 is taken; choose another with PORT=…"
}

start_lighttpd() { # VAR WWW PORT
	mkdir -p "$1"
	alive "$1/lighttpd.pid" "$1" && return
	free_port "$3"
	lighttpd_conf "$@" >"$1/lighttpd.conf"
	setsid lighttpd -f "$1/lighttpd.conf" </dev/null >>"$1/start.log" 2>&1 ||
		die "lighttpd does not start: $(tail -n 1 "$1/start.log")"
	wait_until listening "$3" || die "lighttpd does not listen; see $1/error.log"
}

start_apache() { # VAR WWW PORT
	mkdir -p "$1"
	alive "$1/apache.pid" "$1" && return
	free_port "$3"
	fill "$top/conf/apache.conf.example" "$@" >"$1/apache.conf"
	setsid "${as_server[@]}" apache2 -f "$1/apache.conf" -k start </dev/null >>"$1/start.log" 2>&1 ||
		die "Apache does not start: $(tail -n 1 "$1/start.log")"
	wait_until listening "$3" || die "Apache does not listen; see $1/error.log"
}

stop_server() { # PIDFILE NAME
	alive "$1" "$2" || return 0
	local pid
	pid=$(cat "$1")
	kill "$pid"
	wait_until test ! -d "/proc/$pid" || die "a web server does not stop (pid $pid)"
}

web() {
	case $1 in
	start)
		case $SERVER in
		lighttpd) start_lighttpd "$STATE/web" "$www" "$PORT" ;;
		apache) start_apache "$STATE/web" "$www" "$PORT" ;;
		*) die "SERVER is lighttpd or apache" ;;
		esac
		;;
	stop)
		stop_server "$STATE/web/lighttpd.pid" "$STATE/web"
		stop_server "$STATE/web/apache.pid" "$STATE/web"
		;;
	esac
}

stop_workers() {
	local pid
	for pid in $(pgrep -f "^(leadport|$home/bin/leadport) worker" || true); do
		if [ "$(readlink "/proc/$pid/exe")" = "$home/bin/leadport" ]; then kill "$pid"; fi
	done
}

up() {
	[ -d "$build" ] || die "nothing is built: run make"
	"$top/tests/stack/db.sh" start "$db"
	"$top/tests/stack/db.sh" create "$db" leadport
	"$top/tests/stack/db.sh" create "$db" sim
	lay_product
	give_to_server
	"${as_server[@]}" "$home/bin/leadport" init >"$STATE/init.log" || die "leadport init failed"
	if [ -z "${GRAPH_URL:-}" ]; then
		lay_simulator
		LEADPORT_CONF=$sim_home/leadport.conf "$sim_home/bin/simulator" init
		start_lighttpd "$STATE/sim/web" "$sim_www" "$sim_port"
	fi
	web start
}

case ${1:-} in
up) up ;;
web) web "$2" ;;
worker)
	exec "${as_server[@]}" "$home/bin/leadport" worker
	;;
stop)
	web stop
	stop_server "$STATE/sim/web/lighttpd.pid" "$STATE/sim/web"
	stop_workers
	"$top/tests/stack/db.sh" stop "$db"
	;;
env) printf 'home=%q www=%q sim_home=%q db=%q port=%q\n' "$home" "$www" "$sim_home" "$db" "$PORT" ;;
*) sed -n '6,16s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
