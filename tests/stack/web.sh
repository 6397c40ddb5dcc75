#!/usr/bin/env bash
# One web server with the programs of a document root, written from the
# samples in conf/.
#
#   web.sh start SERVER VAR WWW PORT   lighttpd or apache; VAR is a folder of
#                                      its own for configuration, sockets, logs
#   web.sh stop VAR                    whichever of the two runs there
#   web.sh free VAR PORT               is the port free, or taken by itself?
#
# SERVE_AS names the user Apache serves as, when this is root.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
# Debian keeps servers where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin
modules=/usr/lib/apache2/modules

die() { printf 'web: %s\n' "$1" >&2; exit 1; }

alive() { # PIDFILE VAR
	local pid
	pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] &&
		tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$2/"
}

gone() { ! alive "$@"; }

serving() { alive "$1/lighttpd.pid" "$1" || alive "$1/apache.pid" "$1"; }

wait_until() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free() { # VAR PORT
	serving "$1" || ! listening "$2" ||
		die "port $2 is taken; choose another with PORT=… (PORT and PORT+1 are used)"
}

fill() { # SAMPLE VAR WWW PORT
	sed -e '/^#/d' -e "s|@WWW@|$3|g" -e "s|@VAR@|$2|g" -e "s|@PORT@|$4|g" \
		-e "s|@MODULES@|$modules|g" "$1"
}

# The webhook gets more processes: deliveries come in bursts.  min-procs pins
# the number; max-procs alone would start fewer.
programs() { # VAR WWW
	local p name n
	for p in "$2"/cgi-bin/*.fcgi; do
		name=$(basename "$p" .fcgi) n=2
		case $name in webhook | graph) n=4 ;; esac
		printf '"/cgi-bin/%s.fcgi" => (( "bin-path" => "%s", "socket" => "%s/%s.sock", ' \
			"$name" "$p" "$1" "$name"
		printf '"min-procs" => %d, "max-procs" => %d, "check-local" => "disable" )), ' "$n" "$n"
	done
}

start_lighttpd() { # VAR WWW PORT
	fill "$top/conf/lighttpd.conf.example" "$@" |
		sed "s|@PROGRAMS@|$(programs "$1" "$2")|" >"$1/lighttpd.conf"
	setsid lighttpd -f "$1/lighttpd.conf" </dev/null >>"$1/start.log" 2>&1 ||
		die "lighttpd does not start: $(tail -n 1 "$1/start.log")"
	wait_until listening "$3" || die "lighttpd does not listen; see $1/error.log"
}

start_apache() { # VAR WWW PORT
	local as=()
	[ -z "${SERVE_AS:-}" ] || as=(setpriv "--reuid=$SERVE_AS" "--regid=$SERVE_AS" --clear-groups)
	fill "$top/conf/apache.conf.example" "$@" >"$1/apache.conf"
	setsid "${as[@]}" apache2 -f "$1/apache.conf" -k start </dev/null >>"$1/start.log" 2>&1 ||
		die "Apache does not start: $(tail -n 1 "$1/start.log")"
	wait_until listening "$3" || die "Apache does not listen; see $1/error.log"
}

start() { # SERVER VAR WWW PORT
	serving "$2" && return
	free "$2" "$4"
	mkdir -p "$2"
	case $1 in
	lighttpd | apache) "start_$1" "$2" "$3" "$4" ;;
	*) die "SERVER is lighttpd or apache, not \"$1\"" ;;
	esac
}

stop_one() { # PIDFILE VAR
	alive "$@" || return 0
	kill "$(cat "$1")" 2>/dev/null || true
	wait_until gone "$@" && return
	kill -KILL "$(cat "$1")" 2>/dev/null || true
	wait_until gone "$@" || die "a web server does not stop (pid $(cat "$1"))"
}

case "${1:-} $#" in
"start 5") start "$2" "$3" "$4" "$5" ;;
"stop 2") stop_one "$2/lighttpd.pid" "$2"; stop_one "$2/apache.pid" "$2" ;;
"free 3") free "$2" "$3" ;;
*) sed -n '5,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
