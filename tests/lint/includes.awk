# Who may include whom.  -v floors="base db net …", lowest first.
#
# A file of lib/ includes headers of its own folder and of folders before it
# in the list; db and net, meta and crm, work and web stand side by side and
# do not know each other.  Headers of a folder form no circle.  A header of a
# foreign library stands in one .c file of lib/ and in no .h.

BEGIN {
	n = split(floors, name)
	for (i = 1; i <= n; i++)
		rank[name[i]] = i
	neighbour["db"] = "net"; neighbour["net"] = "db"
	neighbour["meta"] = "crm"; neighbour["crm"] = "meta"
	foreign = "^(mysql|mariadb|curl|sodium|cjson|fcgi|ini|idn2)"
}

function complain(words)
{
	printf "%s:%d: %s\n", FILENAME, FNR, words
	bad = 1
}

FNR == 1 {
	split(FILENAME, part, "/")
	own = part[1] == "lib" ? part[2] : ""
	if (part[1] == "lib" && !(own in rank))
		complain("lib/" own " is no floor of the Makefile's list")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	house(quoted[2])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, quoted, /[<>]/)
	if (tolower(quoted[2]) ~ foreign)
		stranger(tolower(quoted[2]))
}

function house(header,    part, folder)
{
	if (split(header, part, "/") < 2) {
		if (own != "")
			complain("\"" header "\" without its folder")
		return
	}
	folder = part[1]
	if (own == "" || folder == own) {
		if (FILENAME ~ /\.h$/ && folder == own)
			edge[substr(FILENAME, 5)] = edge[substr(FILENAME, 5)] " " header
		return
	}
	if (!(folder in rank))
		complain("\"" header "\" is of no floor")
	else if (rank[folder] > rank[own])
		complain(own "/ is below " folder "/ and does not include " header)
	else if (neighbour[own] == folder)
		complain(own "/ and " folder "/ do not know each other: " header)
}

function stranger(header,    library)
{
	library = header
	sub(/[\/.].*/, "", library)
	if (FILENAME ~ /\.h$/)
		complain("<" header "> in a header")
	if (library in home && home[library] != FILENAME)
		complain("<" header "> belongs to " home[library] " alone")
	home[library] = FILENAME
	if (own == "" && FILENAME !~ /^tests\/fuzz\//)
		complain("<" header "> outside lib/")
}

# Depth first; a header met while it is still open closes a circle.
function walk(header, trail,    next_one, i, m)
{
	if (state[header] == 2 || !(header in edge))
		return
	if (state[header] == 1) {
		printf "lib/%s: headers in a circle: %s\n", header, trail " " header
		bad = 1
		return
	}
	state[header] = 1
	m = split(edge[header], next_one, " ")
	for (i = 1; i <= m; i++)
		walk(next_one[i], trail " " header)
	state[header] = 2
}

END {
	for (header in edge)
		walk(header, "")
	exit bad
}
