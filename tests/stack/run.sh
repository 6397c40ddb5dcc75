#!/usr/bin/env bash
# make run: Leadport with a demo business and a simulated Meta, until Ctrl-C.
# Environment: as tests/stack/stack.sh.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
export STATE=${STATE:-$top/var} PORT=${PORT:-8080} SERVER=${SERVER:-lighttpd} V=${V:-release}
export GRAPH_URL=${GRAPH_URL:-} DIALOG_URL=${DIALOG_URL:-}
stack=$top/tests/stack/stack.sh
password=demo-harbour-2026
paths=$("$stack" env)
eval "$paths"
home=${home:?} sim_home=${sim_home:?} db=${db:?}

say() { printf '%s\n' "$1"; }
die() { printf 'run: %s\n' "$1" >&2; exit 1; }

# Role, Lead Management, e-mail, name
people() {
	cat <<-'END'
		superadmin - maeve@example.com Maeve Brennan
		admin - priya@example.com Priya Nair
		moderator - jonas@example.com Jonas Weber
		member yes tomasz@example.com Tomasz Nowak
		member yes olena@example.com Олена Коваль
		member yes layla@example.com ليلى حداد
	END
}

add_people() {
	local role manages email name flag known
	known=$("$home/bin/leadport" user list)
	while read -r role manages email name; do
		case $known in *" $email "*) continue ;; esac
		flag=()
		[ "$manages" = yes ] && flag=(--manages-leads)
		printf '%s\n' "$password" | "$home/bin/leadport" user add \
			--name "$name" --email "$email" --role "$role" "${flag[@]}" >/dev/null
	done < <(people)
}

connected() {
	[ "$(printf 'SELECT COUNT(*) FROM integration' |
		"$top/tests/stack/db.sh" sql "$db" leadport)" != 0 ]
}

connect_demo() {
	printf '0123456789abcdef0123456789abcdef\n' |
		"$home/bin/leadport" app set --id 1234567890123 >/dev/null
	"$home/bin/leadport" app subscribe >/dev/null
	printf 'SIM-SYSTEM-USER-TOKEN-1\n' | "$home/bin/leadport" connect \
		--name "Harbour Dental" --description "Demo pages of the simulated Meta" \
		--strategy round_robin >/dev/null
}

# Two runs on one state would fight over the database.
take_lock() {
	exec 9>"$STATE/lock"
	flock -n 9 || die "another make run uses $STATE; stop it, or choose STATE=…"
}

# Until the first start has come to its end there is nothing to lose, and one
# that was cut short can have left anything half done.
begin() {
	if [ -f "$STATE/unfinished" ]; then
		say "the first start was cut short: beginning again"
		"$stack" stop 9>&-
		rm -rf "$db" "$home" "${www:?}" "$STATE/web" "$STATE/sim"
	fi
	[ -d "$db" ] || touch "$STATE/unfinished"
}

# Children must not hold the lock when this script is killed.
children=()
start_workers() {
	"$stack" worker >>"$STATE/worker.log" 2>&1 9>&- &
	children+=($!)
	[ -z "$GRAPH_URL" ] || return 0
	LEADPORT_CONF=$sim_home/leadport.conf "$sim_home/bin/simulator" run --every 12 \
		>>"$sim_home/var/simulator.log" 2>&1 9>&- &
	children+=($!)
}

# shellcheck disable=SC2317 # called by the traps
stop() {
	trap '' INT TERM HUP
	trap - EXIT
	[ "${#children[@]}" = 0 ] || kill "${children[@]}" 2>/dev/null || true
	wait 2>/dev/null || true
	"$stack" stop 9>&- || true
}

closing_block() {
	local role email
	printf '\nready http://127.0.0.1:%s\n' "$PORT"
	while read -r role _ email _; do
		printf '%s %s %s\n' "$role" "$email" "$password"
	done < <(people)
	printf 'leadport for this installation: %s\n' "$home/bin/leadport"
}

take_lock
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM HUP
trap stop EXIT
begin
say "starting the database and $SERVER under $STATE"
"$stack" up 9>&-
say "people"
add_people
if [ -z "$GRAPH_URL" ] && ! connected; then
	say "connecting the demo pages"
	connect_demo
fi
start_workers
rm -f "$STATE/unfinished"
[ -n "$GRAPH_URL" ] || say "the simulated Facebook: http://127.0.0.1:$((PORT + 1))/sim"
say "Ctrl-C stops everything."
closing_block
wait -n || true
die "the worker or the simulator ended; see $STATE/worker.log"
