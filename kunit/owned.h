/* SPDX-License-Identifier: GPL-2.0 */
/* Machines whose pages are owned, with memory, a clock and an unhurried disk. */
#ifndef SBD_KUNIT_OWNED_H
#define SBD_KUNIT_OWNED_H

#include <kunit/test.h>

#include "lru.h"

/* 16 MiB: pageblocks enough for grouping by mobility, and quickly filled. */
#define SBD_OWNED_PAGES		4096UL

struct sbd_plan;

struct sbd_owners *sbd_owned(struct kunit *test, const char *profile);
struct sbd_owners *sbd_owned_plan(struct kunit *test, const struct sbd_plan *plan,
				  bool memory);
u32 sbd_owned_page(struct kunit *test, struct sbd_owners *own,
		   enum sbd_owner_kind kind, unsigned int order);
u32 sbd_owned_listed(struct kunit *test, struct sbd_owners *own,
		     enum sbd_owner_kind kind);
void sbd_owned_time(struct sbd_owners *own, unsigned int ms);
const char *sbd_owned_list(struct kunit *test, struct sbd_owners *own, int nid,
			   enum sbd_lru_list list);
void sbd_check_owners(struct kunit *test, struct sbd_owners *own,
		      const char *after);

#endif
