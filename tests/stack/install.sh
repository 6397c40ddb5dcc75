#!/usr/bin/env bash
# Installs what deps.txt names for the given sections (build run test lint)
# and is missing, and the npm packages.  Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'install: %s\n' "$1"; }
die() { printf 'install: %s\n' "$1" >&2; exit 1; }

missing_packages() {
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

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo "$@"
	elif command -v sudo >/dev/null && [ -t 0 ]; then
		sudo "$@"
	else
		die "these packages are missing and neither root nor sudo is at hand: ${packages[*]}"
	fi
}

# Debian starts a server as soon as it is installed; we want the programs, not
# a system-wide web server or database.
policy=/usr/sbin/policy-rc.d
forbid_services() {
	[ -e "$policy" ] && return
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
	trap 'as_root rm -f "$policy"' EXIT
}

command -v dpkg-query >/dev/null || die "this is no Debian: install what deps.txt names by hand"
mapfile -t packages < <(missing_packages "$@")
if [ "${#packages[@]}" -gt 0 ]; then
	say "${#packages[@]} packages: ${packages[*]}"
	forbid_services
	as_root apt-get -qq -o DPkg::Lock::Timeout=120 update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
		install --no-install-recommends "${packages[@]}" >/dev/null
fi

# npm writes this file when an installation is complete.
if [ ! -f node_modules/.package-lock.json ] ||
	[ package-lock.json -nt node_modules/.package-lock.json ]; then
	say "npm packages"
	npm ci --no-fund --no-audit --loglevel=error
	touch node_modules/.package-lock.json
fi
tests/stack/vendor.sh
