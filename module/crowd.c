// SPDX-License-Identifier: GPL-2.0
/*
 * Clients on threads, and which of them the OOM killer takes.
 *
 * A client belongs to one thread, which alone touches its handles; so a victim
 * is only marked, and its own thread gives its pages back.  For that a thread
 * that has done its requests stays until all have.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "crowd.h"

#define PROGRESS_STEP	64U	/* requests between two looks at the progress */
#define SEED_STEP	0x632be59bd9b4e019ULL

/* ---- Who they are -------------------------------------------------------- */

/*
 * The next CPU: one with the fewest clients, of those one whose node has the
 * fewest.
 */
static int choose_cpu(const struct sbd_crowd *c, unsigned int so_far)
{
	unsigned int least = UINT_MAX, busy, i;
	int cpu, best = 0;

	for_each_online_cpu(cpu) {
		if (cpu >= c->sys->nr_cpus)
			break;
		for (busy = 0, i = 0; i < so_far; i++) {
			busy += (c->members[i].cpu == cpu) << 16;
			busy += c->sys->cpu_node[c->members[i].cpu] ==
				c->sys->cpu_node[cpu];
		}
		if (busy >= least)
			continue;
		least = busy;
		best = cpu;
	}
	return best;
}

static int member_create(struct sbd_crowd *c, unsigned int i,
			 struct sbd_client_args a)
{
	struct sbd_member *m = &c->members[i];

	m->crowd = c;
	m->cpu = choose_cpu(c, i);
	a.cpu = m->cpu;
	a.seed += i * SEED_STEP;
	return sbd_client_init(&m->client, c->sys, &a);
}

/**
 * sbd_crowd_create() - make clients that are alike but for their seeds
 * @c:	@x and @sys set, else zero
 * @nr: how many
 * @a:	what each is like; CPU and seed are made from this
 *
 * Context: may sleep.  Return: 0, -ENOMEM; sbd_crowd_free() in any case.
 */
int sbd_crowd_create(struct sbd_crowd *c, unsigned int nr,
		     const struct sbd_client_args *a)
{
	unsigned int i;
	int ret = 0;

	mutex_init(&c->oom);
	c->members = kvcalloc(nr, sizeof(*c->members), GFP_KERNEL);
	if (!c->members)
		return -ENOMEM;
	c->nr = nr;
	for (i = 0; !ret && i < nr; i++)
		ret = member_create(c, i, *a);
	return ret;
}

/**
 * sbd_crowd_free() - forget all clients
 * @c: the crowd; not running
 */
void sbd_crowd_free(struct sbd_crowd *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		sbd_client_free(&c->members[i].client);
	kvfree(c->members);
	c->members = NULL;
	c->nr = 0;
}

/* ---- What they do -------------------------------------------------------- */

static void tell(struct sbd_crowd *c, u64 left)
{
	if (c->x && !(left % PROGRESS_STEP))
		atomic64_add(PROGRESS_STEP, &c->x->done);
}

static int member_fn(void *data)
{
	struct sbd_member *m = data;
	struct sbd_crowd *c = m->crowd;
	u64 left;

	for (left = m->share; left && !READ_ONCE(c->stop); left--) {
		sbd_client_request(&m->client);
		sbd_client_condemned(&m->client);
		tell(c, left);
		cond_resched();
	}
	if (atomic_dec_and_test(&c->running))
		complete(&c->ended);
	while (!kthread_should_stop()) {
		sbd_client_condemned(&m->client);
		schedule_timeout_idle(1);
	}
	return 0;
}

static int create_threads(struct sbd_crowd *c)
{
	struct task_struct *task;
	struct sbd_member *m;
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		m = &c->members[i];
		task = kthread_create_on_node(member_fn, m, cpu_to_node(m->cpu),
					      "sbd_client/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, m->cpu);
		m->task = task;
	}
	return 0;
}

static void stop_threads(struct sbd_crowd *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		if (c->members[i].task)
			kthread_stop(c->members[i].task);
		c->members[i].task = NULL;
	}
}

/* A thread that waits for writeback, say, learns from kthread_stop() too. */
static int let_run(struct sbd_crowd *c)
{
	unsigned int i;
	int ret;

	for (i = 0; i < c->nr; i++)
		wake_up_process(c->members[i].task);
	ret = wait_for_completion_interruptible(&c->ended) ? -EINTR : 0;
	if (ret)
		WRITE_ONCE(c->stop, true);
	return ret;
}

/**
 * sbd_crowd_run() - let all clients do requests, side by side
 * @c:	      the crowd
 * @requests: of all together
 * @err:      filled on error
 *
 * What they hold at the end they keep.
 * Context: process, may sleep.  Return: 0; -EINTR after a signal; what starting
 * threads failed with.
 */
int sbd_crowd_run(struct sbd_crowd *c, u64 requests, struct sbd_error *err)
{
	unsigned int i;
	int ret;

	c->stop = false;
	init_completion(&c->ended);
	atomic_set(&c->running, c->nr);
	for (i = 0; i < c->nr; i++)
		c->members[i].share = div_u64(requests + i, c->nr);
	ret = create_threads(c);
	if (ret)
		sbd_error(err, ret, "threads", "they could not be started");
	else
		ret = let_run(c);
	stop_threads(c);
	return ret;
}

/* ---- Out of memory ------------------------------------------------------- */

/* The one with the most pages; NULL: somebody is dying already, or has none. */
static struct sbd_client *choose_victim(struct sbd_crowd *c, bool *dying)
{
	struct sbd_client *victim = NULL, *one;
	unsigned long most = 0, pages;
	unsigned int i;

	*dying = false;
	for (i = 0; i < c->nr; i++) {
		one = &c->members[i].client;
		/* once it is not to die, its pages are seen to be gone */
		if (smp_load_acquire(&one->task.die)) {
			*dying = true;
			return NULL;
		}
		pages = sbd_client_pages(one, -1);
		if (pages <= most)
			continue;
		most = pages;
		victim = one;
	}
	return victim;
}

/**
 * sbd_crowd_oom_kill() - sbd_hooks.oom_kill: end a client of a crowd
 * @sys:  whose memory is out
 * @task: who asked; of a client of the crowd
 *
 * Its own thread gives its pages back, and is a new client then.
 * Context: process, may sleep.  Return: memory will become free.
 */
bool sbd_crowd_oom_kill(struct sbd_system *sys, struct sbd_task *task)
{
	struct sbd_client *victim;
	struct sbd_crowd *c;
	bool dying;

	if (!task)
		return false;
	c = container_of(task, struct sbd_member, client.task)->crowd;
	if (!mutex_trylock(&c->oom))
		return true;
	victim = choose_victim(c, &dying);
	if (victim) {
		victim->task.flags |= SBD_TASK_VICTIM;
		WRITE_ONCE(victim->task.die, true);
	}
	mutex_unlock(&c->oom);
	return victim || dying;
}

/* ---- All of them --------------------------------------------------------- */

/**
 * sbd_crowd_policy() - all clients' pages shall be elsewhere from now on
 * @c:	    the crowd, not running
 * @policy: copied
 */
void sbd_crowd_policy(struct sbd_crowd *c, const struct sbd_policy *policy)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		sbd_client_policy(&c->members[i].client, policy);
}

/**
 * sbd_crowd_verify() - count pages that are not as they were left
 * @c: the crowd, not running
 *
 * Context: process, may sleep.
 */
void sbd_crowd_verify(struct sbd_crowd *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		sbd_client_verify(&c->members[i].client);
}

/**
 * sbd_crowd_give_back() - give all pages back
 * @c: the crowd, not running
 *
 * Context: process, may sleep.
 */
void sbd_crowd_give_back(struct sbd_crowd *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		sbd_client_give_back(&c->members[i].client);
}

/**
 * sbd_crowd_pages() - pages of all clients
 * @c:	 the crowd
 * @nid: on this node; -1: on all
 *
 * Context: any.  Return: pages.
 */
unsigned long sbd_crowd_pages(const struct sbd_crowd *c, int nid)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		sum += sbd_client_pages(&c->members[i].client, nid);
	return sum;
}

/**
 * sbd_crowd_stat() - what came of all clients' requests
 * @c:	 the crowd, not running
 * @sum: set
 */
void sbd_crowd_stat(const struct sbd_crowd *c, struct sbd_client_stat *sum)
{
	const struct sbd_client_stat *s;
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < c->nr; i++) {
		s = &c->members[i].client.stat;
		sum->requests += s->requests;
		sum->faults += s->faults;
		sum->refaults += s->refaults;
		sum->failed += s->failed;
		sum->released += s->released;
		sum->checksum_errors += s->checksum_errors;
		sum->oom_kills += s->oom_kills;
	}
}

/**
 * sbd_crowd_handles() - handles that all clients can have at once
 * @c: the crowd
 */
u32 sbd_crowd_handles(const struct sbd_crowd *c)
{
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < c->nr; i++)
		sum += c->members[i].client.nr;
	return sum;
}
