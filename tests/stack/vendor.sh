#!/usr/bin/env bash
# Copies the front-end files out of node_modules to htdocs/vendor, with a
# compressed twin for servers that can send it.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p htdocs/vendor
copy() {
	local from=node_modules/$1 to=htdocs/vendor/$2
	if [ ! -f "$to" ] || [ "$from" -nt "$to" ]; then
		gzip -9 -n -c "$from" >"$to.gz"
		cp "$from" "$to.new"
		mv "$to.new" "$to"
	fi
}
copy @picocss/pico/css/pico.min.css pico.min.css
copy htmx.org/dist/htmx.min.js htmx.min.js
copy chart.js/dist/chart.umd.min.js chart.umd.min.js
