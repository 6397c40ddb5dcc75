#!/usr/bin/env bash
# A private MariaDB under DIR: unix socket only, small, durable but for DB_ARGS.
#
#   db.sh start DIR                     make it if needed, start it, wait until it answers
#   db.sh stop DIR                      stop it and wait
#   db.sh kill DIR                      SIGKILL it, as a failing host would
#   db.sh create DIR NAME [PASSWORD]    database NAME and user NAME (password: NAME)
#   db.sh sql DIR [NAME]                the client, on standard input
#
# The socket is DIR/db.sock.  DB_POOL (64M) is the memory for pages, for a
# database that is to hold more than a test does.  DB_ARGS are further options
# of the server, one a line; DB_USER is whom it runs as when this is root.
set -euo pipefail
# Servers are not on the PATH of an ordinary user.
export PATH=$PATH:/usr/sbin

pool=${DB_POOL:-64M}
die() { printf 'db: %s\n' "$1" >&2; exit 1; }

[ $# -ge 2 ] || { sed -n '4,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
act=$1
case $act in
start) mkdir -p "$2" ;;
stop) [ -d "$2" ] || exit 0 ;;
esac
dir=$(cd "$2" 2>/dev/null && pwd) || die "there is no folder $2"
socket=$dir/db.sock
# The address of a unix socket holds 107 bytes.
[ "$(printf %s "$socket" | wc -c)" -le 107 ] || die "the folder's name is too long for a socket: $dir"

# A pid file outlives a killed server, and its number may be another's now.
running() {
	local pid args=()
	pid=$(cat "$dir/db.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
	mapfile -d '' -t args 2>/dev/null <"/proc/$pid/cmdline" || return 1
	[[ ${args[0]:-} == *mariadbd && " ${args[*]} " == *" --datadir=$dir/data "* ]]
}

# Whatever the caller's locale says, text is UTF-8.
client() {
	mariadb --no-defaults --default-character-set=utf8mb4 \
		--socket="$socket" --user=root "$@"
}

as_user=()
[ "$(id -u)" = 0 ] && as_user=(--user="${DB_USER:-root}")
more=()
[ -z "${DB_ARGS:-}" ] || mapfile -t more <<<"$DB_ARGS"

# What the server writes belongs to it.
give() {
	[ -z "${DB_USER:-}" ] || [ "$(id -u)" != 0 ] || chown "$DB_USER" "$@"
}

# A data directory counts only when its making was completed.
make_data() {
	[ -f "$dir/complete" ] && [ -d "$dir/data" ] && return
	rm -rf "$dir/data" "$dir/complete"
	mariadb-install-db --no-defaults --datadir="$dir/data" "${as_user[@]}" --tmpdir="$dir/tmp" \
		--auth-root-authentication-method=normal --skip-test-db \
		--innodb-log-file-size=16M >"$dir/install.log" 2>&1 9>&- ||
		die "the data directory could not be made: $(tail -n 3 "$dir/install.log")"
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
answers_or_ended() { answers || ! kill -0 "$1"; }

# Two starts at once take turns; the server must not keep the lock.
start() {
	exec 9>"$dir/lock"
	flock -w 60 9 || die "another start of $dir does not end"
	running && { wait_for answers || die "it runs but does not answer"; return; }
	# A server that starts removes the temporary tables it finds in its tmpdir:
	# shared with another one it would take that one's away.
	mkdir -p "$dir/tmp"
	: >>"$dir/db.pid"
	give "$dir" "$dir/tmp" "$dir/db.pid"
	make_data
	rm -f "$socket"
	setsid mariadbd --no-defaults "${as_user[@]}" --datadir="$dir/data" \
		--tmpdir="$dir/tmp" --socket="$socket" --pid-file="$dir/db.pid" --skip-networking \
		--log-error="$dir/db.log" --skip-log-bin \
		--innodb-buffer-pool-size="$pool" --innodb-buffer-pool-size-max="$pool" \
		--innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=1 \
		--performance-schema=OFF --max-connections=100 \
		--character-set-server=utf8mb4 --max-allowed-packet=32M "${more[@]}" \
		</dev/null >/dev/null 2>&1 9>&- &
	# Known from its first moment, should this script be killed now.
	echo $! >"$dir/db.pid"
	wait_for answers_or_ended $! || true
	answers || die "it does not start; see $dir/db.log"
}

stop() {
	running || return 0
	kill "$(cat "$dir/db.pid")"
	wait_for gone || die "it does not stop"
}

# A password for SQL: printable, without what would end the literal.
create() { # NAME [PASSWORD]
	local name=$1 password=${2:-$1}
	[[ $name =~ ^[a-z][a-z0-9_]{0,31}$ ]] || die "no name of a database: $name"
	[[ $password =~ ^[^\'\\[:cntrl:]]+$ ]] || die "no quotes or backslashes in the password"
	# In a GRANT, "_" would stand for any character.
	client <<-END
		CREATE DATABASE IF NOT EXISTS \`$name\` CHARACTER SET utf8mb4;
		CREATE USER IF NOT EXISTS '$name'@'localhost';
		ALTER USER '$name'@'localhost' IDENTIFIED BY '$password';
		GRANT ALL ON \`${name//_/\\_}\`.* TO '$name'@'localhost';
	END
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
	[ $# -ge 3 ] || die "create DIR NAME [PASSWORD]"
	create "${@:3}"
	;;
sql) client ${3:+"$3"} --batch --raw --skip-column-names ;;
*) die "what is \"$act\"?" ;;
esac
