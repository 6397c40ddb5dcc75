#!/usr/bin/env bash
# Three nodes of a MariaDB Galera cluster under DIR, on loopback, small; each is
# a server as db.sh makes it, in DIR/1 to DIR/3.
#
#   cluster.sh boot DIR PORT        make them and start them, the first one alone
#   cluster.sh start DIR NODE       a node that was stopped or killed joins again
#   cluster.sh kill DIR NODE        SIGKILL, as a failing host would
#   cluster.sh wipe DIR NODE        what a node that does not run had on its disk is gone
#   cluster.sh sql DIR NODE [NAME]  the client, on standard input
#   cluster.sh stop DIR             all of them
#
# Node N answers at PORT+N; PORT+11 to PORT+33 are their own.
set -euo pipefail
db_sh=$(dirname "$0")/db.sh
die() { printf 'cluster: %s\n' "$1" >&2; exit 1; }

[ $# -ge 2 ] || { sed -n '5,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
act=$1 dir=$2 node=${3:-}
[ "$act" = stop ] || [ -n "$node" ] || die "$act needs one word more"

# Debian's place, and that of other systems.
provider() {
	local file
	for file in /usr/lib/galera/libgalera_smm.so /usr/lib*/galera-4/libgalera_smm.so; do
		[ -f "$file" ] && { echo "$file"; return; }
	done
	die "there is no libgalera_smm.so; install galera-4"
}

addresses() {
	local port=$1
	echo "gcomm://127.0.0.1:$((port + 11)),127.0.0.1:$((port + 12)),127.0.0.1:$((port + 13))"
}

options() { # NODE ADDRESSES
	local n=$1 port
	port=$(cat "$dir/port")
	cat <<-END
		--skip-networking=OFF
		--bind-address=127.0.0.1
		--port=$((port + n))
		--binlog-format=ROW
		--innodb-autoinc-lock-mode=2
		--wsrep-on=ON
		--wsrep-provider=$(provider)
		--wsrep-cluster-name=leadport
		--wsrep-cluster-address=$2
		--wsrep-node-name=node$n
		--wsrep-node-address=127.0.0.1
		--wsrep-sst-method=rsync
		--wsrep-sst-receive-address=127.0.0.1:$((port + 20 + n))
		--wsrep-slave-threads=2
		--wsrep-provider-options=gcache.size=32M;gmcast.listen_addr=tcp://127.0.0.1:$((port + 10 + n));ist.recv_addr=127.0.0.1:$((port + 30 + n))
	END
}

# Where a node stood when it was killed, so that it gets what it missed and not
# everything; systemd asks the same way (galera_recovery).
position() { # NODE
	local at=$dir/$1 as_user=() args
	[ -f "$at/data/grastate.dat" ] || return 0
	[ "$(id -u)" != 0 ] || as_user=(--user="$DB_USER")
	mapfile -t args <<<"$DB_ARGS"
	PATH=$PATH:/usr/sbin mariadbd --no-defaults "${as_user[@]}" --datadir="$at/data" --socket="$at/db.sock" \
		--innodb-buffer-pool-size=16M --innodb-log-file-size=16M "${args[@]}" --wsrep-recover \
		--disable-log-error >"$at/recover.log" 2>&1 || return 0
	sed -n 's/.*WSREP: Recovered position: *\([0-9a-f-]*:[0-9-]*\).*/--wsrep-start-position=\1/p' "$at/recover.log" |
		tail -n 1
}

# The transfer by rsync serves as "nobody" when it is root, and could not write.
start() { # NODE ADDRESSES
	local from
	export DB_USER=mysql DB_ARGS
	DB_ARGS=$(options "$@")
	from=$(position "$1")
	[ -z "$from" ] || DB_ARGS+=$'\n'$from
	"$db_sh" start "$dir/$1"
	wait_synced "$1"
}

synced() {
	"$db_sh" sql "$dir/$1" <<<"SHOW STATUS LIKE 'wsrep_local_state_comment'" 2>/dev/null | grep -q Synced
}

wait_synced() {
	local i
	for ((i = 0; i < 300; i++)); do
		synced "$1" && return
		sleep 0.1
	done
	die "node $1 does not join; see $dir/$1/db.log"
}

boot() {
	[[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || die "no port: $1"
	mkdir -p "$dir"
	chmod 755 "$dir"
	echo "$1" >"$dir/port"
	start 1 gcomm://
	start 2 "$(addresses "$1")"
	start 3 "$(addresses "$1")"
}

# The last one cannot hand anything over, and need not.
stop() {
	local n
	for n in 3 2 1; do
		"$db_sh" stop "$dir/$n" || "$db_sh" kill "$dir/$n" || true
	done
}

case $act in
boot) boot "$node" ;;
start) start "$node" "$(addresses "$(cat "$dir/port")")" ;;
kill) "$db_sh" kill "$dir/$node" ;;
wipe) rm -rf "${dir:?}/$node/data" "$dir/$node/complete" ;;
sql) "$db_sh" sql "$dir/$node" ${4:+"$4"} ;;
stop) stop ;;
*) die "what is \"$act\"?" ;;
esac
