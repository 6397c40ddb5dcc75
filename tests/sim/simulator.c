/*
 * simulator: the command line of the simulated Meta: makes its world, and
 * sends webhooks as Meta would.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/log.h"
#include "db/schema.h"
#include "db/site.h"
#include "delivery.h"
#include "net/fetch.h"
#include "random.h"

enum {
	WAITING_MAX = 5000,
	PAUSE_MS = 100, /* before a body is sent again */
	LOOK_MS = 200,	/* between looks at what waits */
	CHILDREN_MAX = 32,
	TO_MAX = 4,
};

struct options {
	int64_t batch, repeat, seed, concurrency, deadline, every;
	bool shuffle;
	const char *to[TO_MAX]; /* addresses instead of the subscribed one */
	size_t n_to;
};

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
pause_ms(int64_t ms)
{
	struct timespec wait = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&wait, NULL);
}

static int
complain(const struct task *t)
{
	fprintf(stderr, "simulator: %s\n", t->why);
	return 1;
}

/* ---- init ----------------------------------------------------------------------------- */

static int
init(struct site *site, struct task *t)
{
	if (schema_migrate(t, site_file(t->mem, &site->conf, "sql"), NULL) ||
	    world_seed(t))
		return complain(t);
	return 0;
}

/* ---- deliver ---------------------------------------------------------------------------- */

struct body { /* one POST */
	const char *to;
	const struct sim_lead *const *leads;
	size_t n;
};

struct load { /* what is to be sent */
	const struct sim_lead **leads;
	struct body *bodies;
	size_t n_leads, n;
	struct random random;
	struct sim_app app;
	struct switches sw;
};

static enum rc
heard_by_us(struct task *t, const struct sim_lead *l, bool *heard)
{
	struct sim_subscription *all = NULL;
	size_t n = 0;
	enum rc rc = world_subscriptions(t, l->page_id, &all, &n);

	*heard = false;
	for (size_t i = 0; !rc && i < n; i++)
		if (strcmp(all[i].app_id, SIM_APP_ID) == 0 &&
		    world_listed(all[i].fields, "leadgen"))
			*heard = true;
	return rc;
}

/* By switch, Leads Access Manager keeps the webhooks of a page back too. */
static enum rc
is_kept_back(struct task *t, const struct switches *sw,
	     const struct sim_lead *l, bool *kept)
{
	struct sim_page p;
	enum rc rc;

	*kept = false;
	if (!sw->leads_access_drops)
		return OK;
	rc = world_page(t, l->page_id, &p);
	if (!rc)
		*kept = sw->leads_access_revoked || !p.leads_access;
	return rc;
}

/* Both subscriptions are there and ours, and the app is live; test leads come
 * from an app in development too (contract 1.3, 1.7). */
static enum rc
is_sent(struct task *t, const struct load *load, const struct sim_lead *l,
	bool *sent)
{
	bool heard = false, kept = false;
	enum rc rc = heard_by_us(t, l, &heard);

	if (!rc)
		rc = is_kept_back(t, &load->sw, l, &kept);
	if (rc)
		return rc;
	*sent = heard && !kept && load->app.callback_url && !load->app.stolen &&
		(load->sw.app_live || l->is_test);
	return *sent ? OK : lead_dropped(t, l->number);
}

/* To one address each lead `repeat` times, in bodies of `batch`. */
static void
add_bodies(struct task *t, const struct options *o, const char *to,
	   struct load *load)
{
	size_t batch = (size_t)o->batch, repeat = (size_t)o->repeat;
	size_t n = load->n_leads * repeat;
	const struct sim_lead **copies =
		NEW_ARRAY(t->mem, const struct sim_lead *, n);

	for (size_t i = 0; i < n; i++)
		copies[i] = load->leads[i / repeat];
	if (o->shuffle)
		random_shuffle(&load->random, copies, n, sizeof(copies[0]));
	for (size_t at = 0; at < n; at += batch)
		load->bodies[load->n++] = (struct body){
			.to = to,
			.leads = copies + at,
			.n = n - at < batch ? n - at : batch,
		};
}

static void
pack(struct task *t, const struct options *o, struct load *load)
{
	size_t places = o->n_to ? o->n_to : 1;

	load->random = random_of((uint64_t)o->seed);
	load->bodies = NEW_ARRAY(t->mem, struct body,
				 places * load->n_leads * (size_t)o->repeat);
	for (size_t i = 0; i < places; i++)
		add_bodies(t, o, o->n_to ? o->to[i] : load->app.callback_url,
			   load);
	if (o->shuffle && places > 1)
		random_shuffle(&load->random, load->bodies, load->n,
			       sizeof(load->bodies[0]));
}

static enum rc
gather(struct task *t, const struct options *o, struct load *load)
{
	struct sim_lead *leads = NULL;
	size_t n = 0;
	enum rc rc = world_app(t, SIM_APP_ID, &load->app);

	if (!rc)
		rc = switches_load(t, &load->sw);
	if (!rc)
		rc = leads_waiting(t, 0, WAITING_MAX, &leads, &n);
	if (rc)
		return rc;
	load->leads = NEW_ARRAY(t->mem, const struct sim_lead *, n);
	for (size_t i = 0; !rc && i < n; i++) {
		bool is = false;

		rc = is_sent(t, load, &leads[i], &is);
		if (is)
			load->leads[load->n_leads++] = &leads[i];
	}
	if (!rc)
		pack(t, o, load);
	return rc;
}

/* Send one body until it is acknowledged, or the time is over. */
static bool
send_body(struct site *site, struct arena *mem, const struct load *load,
	  const struct body *body, int64_t end)
{
	struct sim_app app = load->app;
	bool acked = false;
	int64_t tries = 0;
	struct task t;

	app.callback_url = body->to;
	while (!acked && !stopping && clock_steady() < end) {
		if (tries++ > 0)
			pause_ms(PAUSE_MS);
		site_task(site, mem, &t);
		if (delivery_post(&t, &app, &load->sw, body->leads, body->n,
				  &acked))
			log_warn("%s", t.why);
		site_task_end(&t);
	}
	for (size_t i = 0; i < body->n; i++) {
		site_task(site, mem, &t);
		if (lead_sent(&t, body->leads[i]->number, tries, acked))
			log_warn("%s", t.why);
		site_task_end(&t);
	}
	return acked;
}

/* Every concurrency-th body, beginning with the `mine`-th. */
static int
send_share(struct site *site, const struct load *load, const struct options *o,
	   size_t mine)
{
	struct arena *mem = arena_new(TASK_CEILING);
	int64_t end = clock_steady() + o->deadline * SECOND_MS;
	size_t failures = 0;

	for (size_t i = mine; i < load->n; i += (size_t)o->concurrency)
		if (!send_body(site, mem, load, &load->bodies[i], end))
			failures++;
	fetch_close();
	arena_free(mem);
	return failures ? 1 : 0;
}

static int
child(const struct load *load, const struct options *o, size_t mine)
{
	struct arena *words = arena_new(64 << 10);
	struct buf err = buf_in(words, 1000);
	struct site site;
	int status;

	/* A connection is not shared across fork. */
	if (!site_open(&site, "simulator", &err))
		return 1;
	status = send_share(&site, load, o, mine);
	site_close(&site);
	return status;
}

static int
wait_all(const pid_t *children, size_t n)
{
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		int status = 1;

		while (waitpid(children[i], &status, 0) < 0 && errno == EINTR)
			continue;
		failed |= status != 0;
	}
	return failed;
}

static int
deliver(struct site *site, struct task *t, const struct options *o)
{
	struct load load = { 0 };
	pid_t children[CHILDREN_MAX];
	size_t n = 0;

	if (gather(t, o, &load))
		return complain(t);
	if (o->concurrency == 1)
		return send_share(site, &load, o, 0);
	for (; n < (size_t)o->concurrency; n++) {
		children[n] = fork();
		if (children[n] == 0)
			_exit(child(&load, o, n));
		if (children[n] < 0)
			break;
	}
	return wait_all(children, n);
}

/* ---- run: what waits at once, and a lead every so often ------------------------------------ */

static enum rc
make_one(struct task *t)
{
	struct lead_order order = { .count = 1, .platform = "mix" };
	struct switches sw;
	const char **ids;
	enum rc rc = switches_load(t, &sw);

	return rc ? rc : leads_make(t, &sw, &order, &ids);
}

/* Half to one and a half times the interval from now; 0 = never. */
static int64_t
next_lead(struct random *random, int64_t every_s)
{
	int64_t wait = every_s * SECOND_MS;

	return clock_steady() + wait / 2 +
	       (int64_t)random_below(random, (uint64_t)wait);
}

static void
run_once(struct site *site, struct arena *mem, struct options *o, bool make)
{
	struct task one;

	site_task(site, mem, &one);
	if ((make && make_one(&one)) || deliver(site, &one, o))
		log_warn("a lead could not be delivered: %s", one.why);
	site_task_end(&one);
}

static int
run(struct site *site, struct task *t, struct options *o)
{
	struct random random = random_of((uint64_t)t->now.ms);
	struct arena *mem = arena_new(TASK_CEILING);
	int64_t at = clock_steady(); /* the first one comes at once */

	o->batch = o->repeat = o->concurrency = 1;
	while (!stopping) {
		bool make = o->every > 0 && clock_steady() >= at;

		run_once(site, mem, o, make);
		if (make)
			at = next_lead(&random, o->every);
		pause_ms(LOOK_MS);
	}
	arena_free(mem);
	return 0;
}

/* ---- the program ---------------------------------------------------------------------------- */

static const char help[] =
	"usage: simulator init\n"
	"       simulator deliver [--batch N] [--repeat N] [--shuffle]\n"
	"                 [--seed N] [--concurrency N] [--deadline SECONDS]\n"
	"                 [--to ADDRESS]...          each lead to each of "
	"them\n"
	"       simulator run [--every SECONDS]    0 = deliver only\n";

static bool
parse(int argc, char **argv, struct options *o)
{
	const struct {
		const char *name;
		int64_t *to, min, max;
	} numbers[] = {
		{ "--batch", &o->batch, 1, 1000 },
		{ "--repeat", &o->repeat, 1, 10 },
		{ "--seed", &o->seed, 1, INT64_MAX },
		{ "--concurrency", &o->concurrency, 1, CHILDREN_MAX },
		{ "--deadline", &o->deadline, 1, 3600 },
		{ "--every", &o->every, 0, 86400 },
	};

	for (int i = 2; i < argc; i++) {
		size_t k = 0;

		if (strcmp(argv[i], "--shuffle") == 0) {
			o->shuffle = true;
			continue;
		}
		if (strcmp(argv[i], "--to") == 0) {
			if (++i == argc || o->n_to == TO_MAX)
				return false;
			o->to[o->n_to++] = argv[i];
			continue;
		}
		while (k < COUNT(numbers) &&
		       strcmp(argv[i], numbers[k].name) != 0)
			k++;
		if (k == COUNT(numbers) || ++i == argc ||
		    !text_int(text_of(argv[i]), numbers[k].min, numbers[k].max,
			      numbers[k].to))
			return false;
	}
	return true;
}

static int
dispatch(struct site *site, struct task *t, const char *what, struct options *o)
{
	if (strcmp(what, "init") == 0)
		return init(site, t);
	if (strcmp(what, "deliver") == 0)
		return deliver(site, t, o);
	if (strcmp(what, "run") == 0)
		return run(site, t, o);
	fputs(help, stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct options o = { .batch = 1,
			     .repeat = 1,
			     .seed = 1,
			     .concurrency = 1,
			     .deadline = 60,
			     .every = 15 };
	struct sigaction stop = { .sa_handler = on_stop };
	struct arena *mem;
	struct buf err;
	struct site site;
	struct task t;
	int status;

	if (argc < 2 || !parse(argc, argv, &o)) {
		fputs(help, stderr);
		return 2;
	}
	mem = arena_new(4 * TASK_CEILING);
	err = buf_in(mem, 1000);
	if (!site_open(&site, "simulator", &err)) {
		fprintf(stderr, "simulator: %s\n", buf_str(&err));
		return 1;
	}
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	site_task(&site, mem, &t);
	status = dispatch(&site, &t, argv[1], &o);
	site_task_end(&t);
	fetch_close();
	arena_free(mem);
	site_close(&site);
	return status;
}
