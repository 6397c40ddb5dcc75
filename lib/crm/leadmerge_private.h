/*
 * leadmerge_private: what merging and parting share.
 */
#ifndef CRM_LEADMERGE_PRIVATE_H
#define CRM_LEADMERGE_PRIVATE_H
#include "crm/leadmerge.h"

/* Contact, stage, assignee and times of `l` into its row. */
NODISCARD enum rc leadmerge_store(struct task *t, const struct lead *l);
/* A snapshot (lead_merge.was, .made), read into `l`. */
NODISCARD enum rc leadmerge_snapshot(struct task *t, const char *text,
				     struct lead *l);
/* Its answers have changed hands: counted, listed and searched anew. */
NODISCARD enum rc leadmerge_settle(struct task *t, int64_t lead_id);

#endif
