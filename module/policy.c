// SPDX-License-Identifier: GPL-2.0
/*
 * Memory policies: on which nodes a task's pages shall be.
 *
 * Rules: alloc_pages(), policy_nodemask() and policy_node() of mm/mempolicy.c,
 * held against 6.1.192 and 6.12.117; semantics.md section 6.
 */
#include <linux/kernel.h>

#include "policy.h"
#include "profile.h"
#include "zonelist.h"

const char * const sbd_policy_names[] = {
	[SBD_POLICY_DEFAULT] = "default",
	[SBD_POLICY_PREFERRED] = "preferred",
	[SBD_POLICY_BIND] = "bind",
	[SBD_POLICY_INTERLEAVE] = "interleave",
	[SBD_POLICY_LOCAL] = "local",
	[SBD_POLICY_PREFERRED_MANY] = "preferred_many",
	[SBD_POLICY_WEIGHTED] = "weighted",
	NULL
};

static_assert(ARRAY_SIZE(sbd_policy_names) == SBD_NR_POLICIES + 1);

/**
 * sbd_policy_known() - does the modelled kernel have a policy
 * @sys:  the system
 * @mode: enum sbd_policy_mode
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_policy_known(const struct sbd_system *sys, unsigned int mode)
{
	return mode < SBD_NR_POLICIES &&
	       (mode != SBD_POLICY_WEIGHTED || sys->prof->weighted_interleave);
}

/**
 * sbd_policy_set() - give a task a policy
 * @t: the task, which asks for nothing meanwhile
 * @p: copied
 *
 * set_mempolicy(): turns begin with the lowest node.  Context: any.
 */
void sbd_policy_set(struct sbd_task *t, const struct sbd_policy *p)
{
	t->policy = *p;
	t->il_prev = SBD_MAX_NODES - 1;
	t->il_weight = 0;
}

/* A policy's nodes that have memory and that the cpuset allows. */
static u8 policy_nodes(const struct sbd_system *sys, const struct sbd_task *t)
{
	u8 nodes = t->policy.nodes & sys->node_state[SBD_NODE_MEMORY];

	return t->allowed ? nodes & t->allowed : nodes;
}

/* The next node of a mask, round and round (next_node_in()). */
static int next_in(int node, u8 nodes)
{
	u8 above = nodes & (u8)(~0U << (node + 1));

	return __ffs(above ?: nodes);
}

static int interleave(struct sbd_task *t, u8 nodes)
{
	t->il_prev = next_in(t->il_prev, nodes);
	return t->il_prev;
}

/* So many pages in a row as the node's weight says. */
static int interleave_weighted(struct sbd_task *t, u8 nodes)
{
	if (!t->il_weight || !(nodes & BIT(t->il_prev))) {
		interleave(t, nodes);
		t->il_weight = max_t(u8, t->policy.weight[t->il_prev], 1);
	}
	t->il_weight--;
	return t->il_prev;
}

/*
 * BIND does not hold for zones that only some nodes have, lest a device find no
 * memory; on nodes that have MOVABLE alone, for none but that.
 */
static bool binds(const struct sbd_system *sys, u8 nodes, gfp_t gfp)
{
	int lowest = sys->policy_zone;

	if (!(nodes & sys->node_state[SBD_NODE_NORMAL_MEMORY]))
		lowest = SBD_ZONE_MOVABLE;
	return sys->gfp_zone[(__force unsigned int)gfp & 15] >= lowest;
}

/* Who asks on nobody's behalf, or for one node, is not asked for a policy. */
static unsigned int mode_of(const struct sbd_system *sys,
			    const struct sbd_task *t, gfp_t gfp)
{
	if ((t->flags & SBD_TASK_IRQ) || (gfp & __GFP_THISNODE) ||
	    !sbd_policy_known(sys, t->policy.mode))
		return SBD_POLICY_DEFAULT;
	return t->policy.mode;
}

/**
 * sbd_policy_choose() - where a task's request looks
 * @sys: the system
 * @t:	 the task; its turns go on.  One request of a task at a time
 * @gfp: the request's mask
 * @order: wanted; no policy looks at it but that of a huge page's fault
 * @c:	 filled
 *
 * As alloc_pages() does for the task, not as a fault does for its mapping.  A
 * policy none of whose nodes is there, has memory and is allowed is none.
 * Context: any.
 */
void sbd_policy_choose(const struct sbd_system *sys, struct sbd_task *t,
		       gfp_t gfp, unsigned int order, struct sbd_choice *c)
{
	u8 nodes = policy_nodes(sys, t);

	c->nid = sys->cpu_node[t->cpu];
	c->nodes = SBD_ALL_NODES;
	c->strict = true;
	c->interleaved = false;
	if (!nodes)
		return;
	switch (mode_of(sys, t, gfp)) {
	case SBD_POLICY_PREFERRED:
		c->nid = __ffs(nodes);
		break;
	case SBD_POLICY_BIND:
		if (binds(sys, nodes, gfp))
			c->nodes = nodes;
		break;
	case SBD_POLICY_INTERLEAVE:
		c->nid = interleave(t, nodes);
		c->interleaved = true;
		break;
	case SBD_POLICY_PREFERRED_MANY:
		c->nodes = nodes;
		c->strict = false;
		break;
	case SBD_POLICY_WEIGHTED:
		/* by turns, too, but the kernel counts no hits of these */
		c->nid = interleave_weighted(t, nodes);
		break;
	}
}
