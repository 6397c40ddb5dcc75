/*
 * clock: UTC arithmetic of our own; the C library is asked only for a zone.
 */
#include "base/clock.h"
#include "base/buf.h"
#include <sys/stat.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"

static struct when frozen;

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr",
					   "May", "Jun", "Jul", "Aug",
					   "Sep", "Oct", "Nov", "Dec" };

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * SECOND_MS + ts.tv_nsec / 1000000;
}

struct when
clock_now(void)
{
	return frozen.ms ? frozen : (struct when){ read_clock(CLOCK_REALTIME) };
}

int64_t
clock_steady(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_freeze(struct when w)
{
	frozen = w;
}

struct when
when_add(struct when w, int64_t ms)
{
	return (struct when){ w.ms + ms };
}

/* Quotient rounded down, also below zero. */
static int64_t
floor_div(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

/*
 * Days are counted in years that begin on 1 March: the leap day is then the
 * last of its year, and the days before a month follow one formula.
 */
static const int64_t days_to_1970 = 719468; /* from 0000-03-01 */

static int64_t
days_before_year(int64_t y)
{
	return 365 * y + floor_div(y, 4) - floor_div(y, 100) +
	       floor_div(y, 400);
}

/* `m` counts from March = 0. */
static int64_t
days_before_month(int64_t m)
{
	return (153 * m + 2) / 5;
}

static int64_t
days_of(struct civil c)
{
	int64_t m = c.month > 2 ? c.month - 3 : c.month + 9;
	int64_t y = c.month > 2 ? c.year : c.year - 1;

	return days_before_year(y) + days_before_month(m) + c.day - 1 -
	       days_to_1970;
}

static void
set_date(struct civil *c, int64_t days)
{
	int64_t d = days + days_to_1970, y, m;

	/* 146097 days are 400 years; the guess is at most one year late. */
	y = floor_div(d * 400, 146097) + 1;
	while (days_before_year(y) > d)
		y--;
	d -= days_before_year(y);
	m = (5 * d + 2) / 153;
	c->day = (int)(d - days_before_month(m)) + 1;
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(m < 10 ? y : y + 1);
}

struct civil
when_civil(struct when w)
{
	int64_t days = floor_div(w.ms, DAY_MS);
	int ms = (int)(w.ms - days * DAY_MS);
	struct civil c = {
		.hour = ms / HOUR_MS,
		.minute = ms / MINUTE_MS % 60,
		.second = ms / SECOND_MS % 60,
		.ms = ms % SECOND_MS,
	};

	set_date(&c, days);
	return c;
}

struct when
when_of(struct civil c)
{
	int64_t minutes = (int64_t)c.hour * 60 + c.minute;

	return (struct when){ days_of(c) * DAY_MS + minutes * MINUTE_MS +
			      (int64_t)c.second * SECOND_MS + c.ms };
}

/* Exactly `width` digits, min to max. */
static bool
take_digits(struct text *in, size_t width, int min, int max, int *out)
{
	int64_t n;

	if (in->len < width || !text_int(text_first(*in, width), min, max, &n))
		return false;
	*in = text_from(*in, width);
	*out = (int)n;
	return true;
}

static bool
take_date(struct text *in, struct civil *c)
{
	struct civil same;

	if (!take_digits(in, 4, 1, 9999, &c->year) ||
	    !text_take_char(in, '-') || !take_digits(in, 2, 1, 12, &c->month) ||
	    !text_take_char(in, '-') || !take_digits(in, 2, 1, 31, &c->day))
		return false;
	/* The 30th of February would come back as a day in March. */
	same = when_civil(when_of(*c));
	return same.day == c->day;
}

/* Optional; what is finer than a millisecond is dropped. */
static bool
take_fraction(struct text *in, int *ms)
{
	int unit = 100, digits = 0, digit;

	if (!text_take_char(in, '.'))
		return true;
	for (; digits < 9 && take_digits(in, 1, 0, 9, &digit); digits++) {
		*ms += digit * unit;
		unit /= 10;
	}
	return digits > 0;
}

static bool
take_time(struct text *in, struct civil *c)
{
	return take_digits(in, 2, 0, 23, &c->hour) && text_take_char(in, ':') &&
	       take_digits(in, 2, 0, 59, &c->minute) &&
	       text_take_char(in, ':') &&
	       take_digits(in, 2, 0, 59, &c->second) &&
	       take_fraction(in, &c->ms);
}

static bool
take_offset(struct text *in, int *minutes)
{
	int sign = 1, hour, minute;

	*minutes = 0;
	if (text_take_char(in, 'Z'))
		return true;
	if (text_take_char(in, '-'))
		sign = -1;
	else if (!text_take_char(in, '+'))
		return false;
	if (!take_digits(in, 2, 0, 23, &hour))
		return false;
	text_take_char(in, ':');
	if (!take_digits(in, 2, 0, 59, &minute))
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

bool
when_parse(struct text t, struct when *out)
{
	struct civil c = { 0 };
	int minutes;

	if (!take_date(&t, &c) ||
	    !(text_take_char(&t, 'T') || text_take_char(&t, ' ')) ||
	    !take_time(&t, &c) || !take_offset(&t, &minutes) || t.len > 0)
		return false;
	*out = when_add(when_of(c), -(int64_t)minutes * MINUTE_MS);
	return true;
}

const char *
when_iso(struct arena *mem, struct when w)
{
	struct civil c = when_civil(w);

	if (!w.ms)
		return "";
	return arena_fmt(mem, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
			 c.day, c.hour, c.minute, c.second);
}

/* Every name of the tz database begins with a capital letter; what else lies
 * in its folder (posix/, right/, tzdata.zi) does not. */
static bool
is_zone_name(struct text t)
{
	if (!t.len || t.len > 64 || t.p[0] < 'A' || t.p[0] > 'Z')
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || strchr("/_+-", c)))
			return false;
	}
	return true;
}

bool
zone_known(const char *zone)
{
	char path[sizeof(ZONE_FOLDER) + 64];
	struct stat st;

	if (!is_zone_name(text_of(zone)))
		return false;
	/* UTC needs no file: a host may have no tz database at all. */
	if (!strcmp(zone, "UTC"))
		return true;
	snprintf(path, sizeof(path), ZONE_FOLDER "%s", zone);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * The environment is put back, but tzset is not called again: the C library
 * reads a zone's file only when the zone differs from the one it last read,
 * and a page formats fifty times in the same one.
 */
static struct civil
civil_in(struct when w, const char *zone)
{
	const char *set = getenv("TZ");
	char *old = set ? strdup(set) : NULL;
	time_t seconds = (time_t)floor_div(w.ms, SECOND_MS);
	struct tm tm = { 0 };

	setenv("TZ", zone_known(zone) ? zone : "UTC", 1);
	tzset();
	localtime_r(&seconds, &tm);
	if (old)
		setenv("TZ", old, 1);
	else
		unsetenv("TZ");
	free(old);
	return (struct civil){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			       tm.tm_hour,	  tm.tm_min,	 tm.tm_sec,
			       when_civil(w).ms };
}

/* "Dublin" of "Europe/Dublin", "New York" of "America/New_York". */
static const char *
zone_label(struct arena *mem, const char *zone)
{
	const char *slash;
	char *label;

	if (!zone_known(zone))
		return "UTC";
	slash = strrchr(zone, '/');
	label = arena_str(mem, text_of(slash ? slash + 1 : zone));
	for (char *p = label; *p; p++)
		if (*p == '_')
			*p = ' ';
	return label;
}

const char *
when_full(struct arena *mem, struct when w, const char *zone)
{
	struct civil c = civil_in(w, zone);

	if (!w.ms)
		return "";
	return arena_fmt(mem, "%d %s %d, %02d:%02d:%02d %s", c.day,
			 month_names[c.month - 1], c.year, c.hour, c.minute,
			 c.second, zone_label(mem, zone));
}

const char *
when_clock(struct arena *mem, struct when w, const char *zone)
{
	struct civil c = civil_in(w, zone);

	if (!w.ms)
		return "";
	return arena_fmt(mem, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

const char *
when_minute(struct arena *mem, struct when w, const char *zone)
{
	struct civil c = civil_in(w, zone);

	return w.ms ? arena_fmt(mem, "%02d:%02d", c.hour, c.minute) : "";
}

const char *
when_day(struct arena *mem, struct when w, const char *zone)
{
	struct civil c = civil_in(w, zone);

	if (!w.ms)
		return "";
	return arena_fmt(mem, "%d %s %d", c.day, month_names[c.month - 1],
			 c.year);
}

int64_t
when_days_between(struct when from, struct when to, const char *zone)
{
	return days_of(civil_in(to, zone)) - days_of(civil_in(from, zone));
}

/* Zones lie less than 15 hours from UTC: the moment is found by halving. */
static struct when
first_moment(int64_t day, const char *zone)
{
	int64_t low = day * 86400 - 15 * 3600, high = day * 86400 + 15 * 3600;

	while (low < high) {
		int64_t mid = low + (high - low) / 2;
		struct when w = { mid * SECOND_MS };

		if (days_of(civil_in(w, zone)) < day)
			low = mid + 1;
		else
			high = mid;
	}
	return (struct when){ low * SECOND_MS };
}

struct when
when_midnight(struct when w, int64_t days, const char *zone)
{
	return first_moment(days_of(civil_in(w, zone)) + days, zone);
}

bool
day_parse(struct text t, const char *zone, struct when *out)
{
	struct civil c = { 0 };

	if (!take_date(&t, &c) || t.len > 0)
		return false;
	*out = first_moment(days_of(c), zone);
	return true;
}

const char *
day_text(struct arena *mem, struct when w, const char *zone)
{
	struct civil c = civil_in(w, zone);

	return arena_fmt(mem, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* A day ago or more: by the person's own calendar. */
static const char *
date_ago(struct arena *mem, struct civil then, struct civil today)
{
	int64_t days = days_of(today) - days_of(then);
	const char *month = month_names[then.month - 1];

	if (days < 2)
		return "yesterday";
	if (days < 7)
		return arena_fmt(mem, "%d days ago", (int)days);
	if (then.year == today.year)
		return arena_fmt(mem, "%d %s", then.day, month);
	return arena_fmt(mem, "%d %s %d", then.day, month, then.year);
}

const char *
when_ago(struct arena *mem, struct when w, struct when now, const char *zone)
{
	int64_t ms = now.ms - w.ms;

	if (!w.ms)
		return "";
	if (ms < MINUTE_MS)
		return "now";
	if (ms < HOUR_MS)
		return arena_fmt(mem, "%d min ago", (int)(ms / MINUTE_MS));
	if (ms < DAY_MS)
		return arena_fmt(mem, "%d h ago", (int)(ms / HOUR_MS));
	return date_ago(mem, civil_in(w, zone), civil_in(now, zone));
}

const char *
when_date(struct arena *mem, struct when w, struct when now, const char *zone)
{
	struct civil c = civil_in(w, zone);

	if (!w.ms)
		return "";
	if (c.year != civil_in(now, zone).year)
		return when_day(mem, w, zone);
	return arena_fmt(mem, "%d %s", c.day, month_names[c.month - 1]);
}

/* `clock` with its day before it, unless that is today. */
static const char *
dated(struct arena *mem, const char *clock, struct when w, struct when now,
      const char *zone)
{
	if (when_days_between(w, now, zone) == 0)
		return clock;
	return arena_fmt(mem, "%s, %s", when_date(mem, w, now, zone), clock);
}

const char *
when_point(struct arena *mem, struct when w, struct when now, const char *zone)
{
	return w.ms ? dated(mem, when_minute(mem, w, zone), w, now, zone) : "";
}

const char *
when_stamp(struct arena *mem, struct when w, struct when now, const char *zone)
{
	return w.ms ? dated(mem, when_clock(mem, w, zone), w, now, zone) : "";
}

const char *
span_words(struct arena *mem, int64_t ms)
{
	long long days = ms / DAY_MS;

	if (ms < 0)
		ms = 0;
	if (ms < SECOND_MS)
		return arena_fmt(mem, "%d ms", (int)ms);
	if (ms < MINUTE_MS)
		return arena_fmt(mem, "%d.%d s", (int)(ms / SECOND_MS),
				 (int)(ms % SECOND_MS / 100));
	if (ms < HOUR_MS)
		return arena_fmt(mem, "%d min", (int)(ms / MINUTE_MS));
	if (ms < DAY_MS)
		return arena_fmt(mem, "%d h", (int)(ms / HOUR_MS));
	return arena_fmt(mem, "%lld %s", days, days == 1 ? "day" : "days");
}
