#!/usr/bin/env bash
# A private MariaDB under DIR: unix socket only, small, durable.
#
#   db.sh start DIR           make it if needed, start it, wait until it answers
#   db.sh stop DIR            stop it and wait
#   db.sh kill DIR            SIGKILL it, as a failing host would
#   db.sh create DIR NAME     database NAME and user NAME (password: NAME)
#   db.sh sql DIR [NAME]      the client, on standard input
#
# The socket is DIR/db.sock.
set -euo pipefail

die() { printf 'db: %s\n' "$1" >&2; exit 1; }

[ $# -ge 2 ] || { sed -n '4,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
act=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
socket=$dir/db.sock
# The address of a unix socket holds 107 bytes.
[ "${#socket}" -le 100 ] || die "the folder's name is too long for a socket: $dir"

running() {
	local pid
	pid=$(cat "$dir/db.pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null |
		grep -q -- "--datadir=$dir/data"
}

client() { mariadb --no-defaults --socket="$socket" --user=root "$@"; }

as_user=()
[ "$(id -u)" = 0 ] && as_user=(--user=root)

# A data directory counts only when its making was completed.
make_data() {
	[ -f "$dir/complete" ] && return
	rm -rf "$dir/data"
	mariadb-install-db --no-defaults --datadir="$dir/data" "${as_user[@]}" \
		--auth-root-authentication-method=normal --skip-test-db \
		--innodb-log-file-size=16M >"$dir/install.log" 2>&1 ||
		die "the data directory could not be made; see $dir/install.log"
	touch "$dir/complete"
}

wait_for() {
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

answers() { client -e 'DO 1' >/dev/null 2>&1; }
gone() { ! running; }

start() {
	running && { wait_for answers || die "it runs but does not answer"; return; }
	make_data
	rm -f "$socket" "$dir/db.pid"
	setsid mariadbd --no-defaults "${as_user[@]}" --datadir="$dir/data" \
		--socket="$socket" --pid-file="$dir/db.pid" --skip-networking \
		--log-error="$dir/db.log" --skip-log-bin \
		--innodb-buffer-pool-size=64M --innodb-buffer-pool-size-max=64M \
		--innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=1 \
		--performance-schema=OFF --max-connections=100 \
		--character-set-server=utf8mb4 --max-allowed-packet=32M \
		</dev/null >/dev/null 2>&1 &
	wait_for answers || die "it does not start; see $dir/db.log"
}

stop() {
	running || return 0
	kill "$(cat "$dir/db.pid")"
	wait_for gone || die "it does not stop"
}

case $act in
start) start ;;
stop) stop ;;
kill)
	running || die "it does not run"
	kill -KILL "$(cat "$dir/db.pid")"
	wait_for gone || die "it does not die"
	;;
create)
	[ $# = 3 ] || die "create DIR NAME"
	client -e "CREATE DATABASE IF NOT EXISTS \`$3\` CHARACTER SET utf8mb4;
		CREATE USER IF NOT EXISTS '$3'@'localhost' IDENTIFIED BY '$3';
		GRANT ALL ON \`$3\`.* TO '$3'@'localhost'"
	;;
sql) client ${3:+"$3"} --batch --raw --skip-column-names ;;
*) die "what is \"$act\"?" ;;
esac
