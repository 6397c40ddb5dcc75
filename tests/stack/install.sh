#!/usr/bin/env bash
# Installs what deps.txt names for the given sections (build run test lint
# cluster) and is missing, and the npm packages.  Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)

say() { printf 'install: %s\n' "$1"; }
die() { printf 'install: %s\n' "$1" >&2; exit 1; }

missing_packages() { # SECTION…
	local section package rest
	while read -r section package rest; do
		case " $* " in
		*" $section "*) ;;
		*) continue ;;
		esac
		# A command of that name may come from elsewhere (npm often does).
		command -v "$package" >/dev/null && continue
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || printf '%s\n' "$package"
	done < <(grep -v '^#' deps.txt)
}

# Asked for once, before any work; sudo may want a password typed.
may_be_root() {
	[ "$(id -u)" = 0 ] && return
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null && return
	[ -t 0 ] && sudo -v
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian starts a server as soon as it is installed; we want the programs, not
# a system-wide web server or database.  The mark tells ours, which a killed
# run may have left, from one that the machine's owner put there.
policy=/usr/sbin/policy-rc.d mark='# by install.sh of Leadport'
forbid_services() {
	if [ -e "$policy" ] && ! grep -qxF "$mark" "$policy"; then return; fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

finish() {
	rm -f "$log"
	if grep -qxF "$mark" "$policy" 2>/dev/null; then as_root rm -f "$policy"; fi
}

# Another apt may be at work: wait for it, two minutes at most.
apt() {
	local i
	for ((i = 0; i < 24; i++)); do
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
			-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
			"$@" </dev/null >"$log" 2>&1 && return
		grep -q 'Could not get lock' "$log" || break
		sleep 5
	done
	tail -n 5 "$log" >&2
	return 1
}

install_packages() {
	say "$# packages: $*"
	may_be_root || die "they are missing, and neither root nor sudo is at hand; ask for: apt-get install $*"
	forbid_services
	apt update || die "apt-get update failed; is this machine connected?"
	apt install --no-install-recommends "$@" || die "apt-get install failed"
}

# npm writes its own lock file when an installation is complete.
npm_is_current() {
	[ -f node_modules/.package-lock.json ] &&
		[ ! package-lock.json -nt node_modules/.package-lock.json ]
}

install_npm() {
	say "npm packages"
	npm ci --no-fund --no-audit --loglevel=error >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		die "npm ci failed; is this machine connected?"
	}
	touch node_modules/.package-lock.json
}

trap finish EXIT
trap 'exit 130' INT TERM HUP
command -v dpkg-query >/dev/null || die "this is no Debian: install what deps.txt names by hand"
mapfile -t packages < <(missing_packages "$@")
[ "${#packages[@]}" = 0 ] || install_packages "${packages[@]}"
npm_is_current || install_npm
tests/stack/vendor.sh
