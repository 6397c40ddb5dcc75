/*
 * clock: moments in UTC, to the millisecond, and how people read them.
 *
 * The database stores UTC DATETIME(3); a zone exists only while formatting
 * for one person.  Programs are single-threaded: formatting in a zone sets
 * TZ for the time of the call.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

struct when {
	int64_t ms; /* since 1970-01-01 UTC; 0 = no time, SQL NULL */
};

enum { SECOND_MS = 1000, MINUTE_MS = 60000, HOUR_MS = 3600000 };
#define DAY_MS INT64_C(86400000)

struct civil {
	int year, month, day; /* month 1-12, day 1-31 */
	int hour, minute, second, ms;
};

struct when clock_now(void);
/* Milliseconds of a clock that nobody sets back: for deadlines. */
int64_t clock_steady(void);
/* Tests: stand still at `w`; { 0 } lets the clock run again. */
void clock_freeze(struct when w);

struct when when_add(struct when w, int64_t ms);
struct civil when_civil(struct when w);
struct when when_of(struct civil c);

/* ISO 8601 as Meta writes it (2018-02-28T08:49:14+0000) and its kin: 'T' or
 * blank, seconds with optional fraction, Z, +hh:mm or +hhmm (contract 3.1). */
bool when_parse(struct text t, struct when *out);
/* 2018-02-28T08:49:14Z, for datetime attributes; "" for no time. */
const char *when_iso(struct arena *mem, struct when w);

/* Is `zone` a name of the tz database on this machine, such as
 * "Europe/Dublin"?  Names with "..", a leading "/" or ":" are refused. */
bool zone_known(const char *zone);
/* "28 Sep 2026, 15:02:07 Dublin": absolute, the zone named. */
const char *when_full(struct arena *mem, struct when w, const char *zone);
/* "15:02:07" in the zone. */
const char *when_clock(struct arena *mem, struct when w, const char *zone);
/* "15:02", and "28 Sep 2026". */
const char *when_minute(struct arena *mem, struct when w, const char *zone);
const char *when_day(struct arena *mem, struct when w, const char *zone);
/* How many calendar days from `from` until `to` in the zone; negative when
 * `to` lies before it. */
int64_t when_days_between(struct when from, struct when to, const char *zone);
/* The first moment, in the zone, of the calendar day that lies `days` after the
 * one that holds `w`: midnight, or later where the clocks skip it. */
struct when when_midnight(struct when w, int64_t days, const char *zone);
/* "2026-09-28", as forms write a day, and its first moment in the zone. */
bool day_parse(struct text t, const char *zone, struct when *out);
const char *day_text(struct arena *mem, struct when w, const char *zone);
/* "now", "2 min ago", "3 h ago", "yesterday", "4 days ago", then "20 Sep",
 * with the year when it is another.  The future reads "now". */
const char *when_ago(struct arena *mem, struct when w, struct when now,
		     const char *zone);
/* "20 Sep", with the year when it is another. */
const char *when_date(struct arena *mem, struct when w, struct when now,
		      const char *zone);
/* Where two people compare: "15:02" today, else "20 Sep, 15:02", with the year
 * when it is another; and the same to the second. */
const char *when_point(struct arena *mem, struct when w, struct when now,
		       const char *zone);
const char *when_stamp(struct arena *mem, struct when w, struct when now,
		       const char *zone);
/* "9 ms", "2.4 s", "11 min", "3 h", "2 days"; negative spans read "0 ms". */
const char *span_words(struct arena *mem, int64_t ms);

#endif
