/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of pages by how recently they were used, and the batches before them. */
#ifndef SBD_LRU_H
#define SBD_LRU_H

#include "owner.h"

void sbd_lru_add(struct sbd_owners *own, int cpu, u32 o);
void sbd_lru_drain(struct sbd_owners *own, int cpu);
void sbd_lru_drain_all(struct sbd_owners *own);
bool sbd_lru_isolate(struct sbd_owners *own, u32 o);
void sbd_lru_putback(struct sbd_owners *own, int cpu, u32 o);
bool sbd_lru_let_go(struct sbd_owners *own, int cpu, u32 o,
		    enum sbd_owner_flag what);
void sbd_lru_release(struct sbd_owners *own, int cpu, u32 o);
void sbd_lru_touch(struct sbd_owners *own, u32 o, bool write);
bool sbd_lru_undirty(struct sbd_owners *own, struct sbd_owner *p);
void sbd_lru_lock_page(struct sbd_owners *own, u32 o, bool locked);
unsigned long sbd_lru_pages(const struct sbd_owners *own, int nid,
			    enum sbd_lru_list list);

/* Primitives for who holds the node's lru lock. */
void sbd_lru_link(struct sbd_owners *own, u32 o, enum sbd_lru_list list,
		  bool tail);
void sbd_lru_unlink(struct sbd_owners *own, u32 o);
enum sbd_lru_list sbd_lru_list_of(const struct sbd_owner *p);

#endif
