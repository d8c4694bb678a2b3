/* SPDX-License-Identifier: GPL-2.0 */
/* Small machines for the suites, and short words for what tests do to them. */
#ifndef SBD_KUNIT_HELPERS_H
#define SBD_KUNIT_HELPERS_H

#include <kunit/test.h>

#include "fallback.h"
#include "pageblock.h"
#include "pcp.h"
#include "profile.h"
#include "sbd.h"
#include "system.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

/* Where the first zone begins: a multiple of every block size. */
#define SBD_TEST_PFN		0x100000UL
/* 64 MiB: 32 pageblocks of order 9, enough for mobility grouping. */
#define SBD_TEST_PAGES		16384UL

#define SBD_TEST_CPUS		3

/* Machines of several nodes: 16 MiB on each, and from one's first frame to the next's. */
#define SBD_TEST_NODE_PAGES	4096UL
#define SBD_TEST_NODE_STEP	0x10000UL

/* What lists look like differs between these three; NULL ends them. */
extern const char * const sbd_test_profiles[];

u64 sbd_test_seed(struct kunit *test);

void sbd_test_plan(struct kunit *test, struct sbd_plan *plan,
		   const char *profile);
struct sbd_system *sbd_test_create(struct kunit *test,
				   const struct sbd_plan *plan);
struct sbd_zone *sbd_test_zone(struct kunit *test, const char *profile);
struct sbd_plan *sbd_test_nodes(struct kunit *test, const char *profile,
				int nodes);
const char *sbd_test_order(struct kunit *test, const struct sbd_node *node);

void sbd_test_occupy(struct sbd_zone *z);
void sbd_test_take(struct sbd_zone *z, unsigned long offset, unsigned int order);
void sbd_test_give(struct sbd_zone *z, unsigned long offset,
		   unsigned int order, int mt);
void sbd_test_type(struct sbd_zone *z, unsigned long offset, int mt);
long sbd_test_rmqueue(struct sbd_zone *z, unsigned int order, int mt,
		      unsigned int alloc_flags);
const char *sbd_test_list(struct kunit *test, const struct sbd_zone *z,
			  unsigned int order, int mt);
const char *sbd_test_pcp(struct kunit *test, struct sbd_zone *z, int cpu,
			 int pindex);
void sbd_test_free_pages(struct sbd_zone *z, long pages);

/* A request of a CPU to its own node. */
static inline bool sbd_test_request(struct sbd_request *rq,
				    struct sbd_system *sys, int cpu, gfp_t gfp,
				    unsigned int order)
{
	return sbd_request_init(rq, sys, cpu, sys->cpu_node[cpu], gfp, order);
}

/* Offset of a frame in its zone; -1 for none. */
static inline long sbd_test_offset(const struct sbd_zone *z,
				   const struct sbd_frame *f)
{
	return f ? f - z->frames : -1;
}

#endif
