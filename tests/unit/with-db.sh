#!/usr/bin/env bash
# Runs its arguments with a throwaway MariaDB: LEADPORT_TEST_DB names its
# socket.  A server that is named already is used again.
set -euo pipefail
if [ -z "${LEADPORT_TEST_DB:-}" ]; then
	top=$(cd "$(dirname "$0")/../.." && pwd)
	dir=$(mktemp -d /tmp/leadport-db-XXXXXX)
	trap '"$top/tests/stack/db.sh" stop "$dir"; rm -rf "$dir"' EXIT
	"$top/tests/stack/db.sh" start "$dir"
	export LEADPORT_TEST_DB=$dir/db.sock
fi
"$@"
