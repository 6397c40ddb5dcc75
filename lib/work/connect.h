/*
 * connect: a token becomes an integration: its pages listed, subscribed to
 * leadgen, their tokens sealed, their forms read.
 */
#ifndef WORK_CONNECT_H
#define WORK_CONNECT_H
#include "crm/integration.h"
#include "crm/page.h"
#include "meta/graph.h"

struct connect_page {
	const char *meta_id, *name;
	bool connected;
	int64_t n_forms;
	const char *problem; /* "" or a sentence: what it lacks */
};
struct connect_result {
	int64_t integration_id;
	struct connect_page *pages;
	size_t n_pages, n_connected;
};

/* A page that fails does not stop the others; E_INPUT or E_REMOTE when no
 * page at all could be connected, and then nothing is kept. */
NODISCARD enum rc connect_token(struct task *t, const struct integration *i,
				const char *token, struct connect_result *out);

/* Fetch a page's token anew with its owner's, after the page's own one died
 * (contract 6: one 190 does not prove that the connection is dead). */
NODISCARD enum rc connect_renew_page(struct task *t, struct page *p);

/* graph for calls with `token`, from configuration and settings.  E_INPUT:
 * app id and secret are not set yet. */
NODISCARD enum rc connect_graph(struct task *t, const char *token,
				struct graph *out);
/* The same with the app access token, "id|secret". */
NODISCARD enum rc connect_app_graph(struct task *t, const char **app_id,
				    struct graph *out);

#endif
