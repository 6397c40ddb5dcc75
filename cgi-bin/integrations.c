/* integrations.c: the connections to Meta as cards (GET /integrations). */
#include "web/cards.h"

struct card_in {
	int64_t id;
};

static const struct form_field card_form[] = {
	FORM_INT(struct card_in, id, 1, INT64_MAX),
	{ 0 },
};

static enum rc
list(struct req *r, const void *form)
{
	struct cards_view v = { 0 };
	enum rc rc = cards_load(r, &v);

	(void)form;
	if (rc)
		return rc;
	cards_place(r, "Meta Integrations");
	return reply_page(r, &v);
}

/* What a card that syncs asks for each 2 s; the last answer asks no more. */
static enum rc
card(struct req *r, const void *form)
{
	const struct card_in *in = form;
	struct card_view v = { 0 };
	enum rc rc = cards_one(r, in->id, &v);

	return rc ? rc : reply_page(r, &v);
}

static const struct route routes[] = {
	{ .method = GET,
	  .path = "/integrations",
	  .perm = PERM_CARDS,
	  .handle = list,
	  .page = "integrations.html",
	  .fields = cards_fields },
	{ .method = GET,
	  .path = "/integrations/{id}/card",
	  .perm = PERM_CARDS,
	  .form = card_form,
	  .form_size = sizeof(struct card_in),
	  .handle = card,
	  .page = "integrations-card.html",
	  .fields = card_fields },
};

int
main(int argc, char **argv)
{
	return app_main(argc, argv, routes, COUNT(routes));
}
