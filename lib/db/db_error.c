/* db_error: what the server's and the client library's error numbers mean. */
#include "db/db_private.h"

enum {
	GONE = 1,    /* the connection */
	PASSING = 2, /* the same again may well work */
	STALE = 4,   /* prepare again */
	BUSY = 8,    /* E_BUSY, for any other reason */
	TAKEN = 16,  /* a unique key */
	QUOTES = 32, /* the message repeats a value */
};

static const struct {
	unsigned code, marks;
} codes[] = {
	{ 1021, BUSY },		  /* the disk is full */
	{ 1030, BUSY },		  /* the storage engine, often for that */
	{ 1040, BUSY },		  /* too many connections */
	{ 1047, GONE | PASSING }, /* Galera: node not ready, nothing done */
	{ 1053, GONE },		  /* server shutdown */
	{ 1062, TAKEN | QUOTES }, /* a unique key has it already */
	{ 1114, BUSY },		  /* no room for the table */
	{ 1158, GONE },		  /* communication packets */
	{ 1159, GONE },		  /* reading timed out */
	{ 1160, GONE },		  /* writing packets */
	{ 1161, GONE },		  /* writing timed out */
	{ 1180, GONE },		  /* error during COMMIT */
	{ 1203, BUSY },		  /* this user's connections */
	{ 1205, PASSING },	  /* lock wait */
	{ 1213, PASSING },	  /* deadlock */
	{ 1226, BUSY },		  /* this user's resources */
	{ 1243, STALE },	  /* unknown statement */
	{ 1264, QUOTES },	  /* out of range */
	{ 1292, QUOTES },	  /* incorrect value */
	{ 1300, QUOTES },	  /* invalid character string */
	{ 1317, BUSY },		  /* killed by hand */
	{ 1366, QUOTES },	  /* incorrect value for column */
	{ 1367, QUOTES },	  /* illegal value while parsing */
	{ 1411, QUOTES },	  /* incorrect value for function */
	{ 1525, QUOTES },	  /* incorrect value */
	{ 1615, STALE },	  /* needs to be prepared again */
	{ 1690, QUOTES },	  /* out of range in expression */
	{ 1918, QUOTES },	  /* illegal value while converting */
	{ 1927, GONE },		  /* connection was killed */
	{ 1969, BUSY },		  /* max_statement_time */
	{ 2002, GONE },		  /* no server at the socket */
	{ 2003, GONE },		  /* no server at the address */
	{ 2005, GONE },		  /* unknown host */
	{ 2006, GONE },		  /* server has gone away */
	{ 2012, GONE },		  /* during the handshake */
	{ 2013, GONE },		  /* lost during the query */
	{ 2055, GONE },		  /* lost, with a system error */
	{ 2057, STALE },	  /* other columns than when prepared */
	{ 3988, QUOTES },	  /* no conversion of characters */
	{ 4031, GONE },		  /* closed for inactivity */
};

static unsigned
marks_of(unsigned code)
{
	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i].code == code)
			return codes[i].marks;
	return 0;
}

bool
db_code_lost(unsigned code)
{
	return marks_of(code) & GONE;
}

bool
db_code_passing(unsigned code)
{
	return marks_of(code) & PASSING;
}

bool
db_code_stale(unsigned code)
{
	return marks_of(code) & STALE;
}

enum rc
db_code_rc(unsigned code)
{
	unsigned marks = marks_of(code);

	if (marks & TAKEN)
		return E_CONFLICT;
	return marks & (GONE | PASSING | BUSY) ? E_BUSY : E_INTERNAL;
}

const char *
db_code_words(unsigned code, const char *message)
{
	return marks_of(code) & QUOTES ? "" : message;
}
