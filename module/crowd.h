/* SPDX-License-Identifier: GPL-2.0 */
/* Clients on threads, and which of them the OOM killer takes. */
#ifndef SBD_CROWD_H
#define SBD_CROWD_H

#include <linux/completion.h>
#include <linux/mutex.h>

#include "client.h"
#include "experiment.h"

struct sbd_crowd;
struct task_struct;

/**
 * struct sbd_member - one client and its thread
 * @client: the client
 * @crowd:  which it belongs to
 * @task:   its thread, NULL between runs
 * @cpu:    where that is bound
 * @share:  requests to do
 */
struct sbd_member {
	struct sbd_client client;
	struct sbd_crowd *crowd;
	struct task_struct *task;
	int cpu;
	u64 share;
};

/**
 * struct sbd_crowd - clients that want memory side by side
 * @x:	     whose progress is told; may be NULL
 * @sys:     whose pages they want
 * @nr:	     how many they are
 * @members: them
 * @oom:     one of them is being chosen
 * @running: threads that still have requests to do
 * @ended:   none has
 * @stop:    leave the rest undone
 */
struct sbd_crowd {
	struct sbd_experiment *x;
	struct sbd_system *sys;
	unsigned int nr;
	struct sbd_member *members;
	struct mutex oom;	/* held while a victim is chosen */
	atomic_t running;
	struct completion ended;
	bool stop;
};

int sbd_crowd_create(struct sbd_crowd *c, unsigned int nr,
		     const struct sbd_client_args *a);
void sbd_crowd_free(struct sbd_crowd *c);
int sbd_crowd_run(struct sbd_crowd *c, u64 requests, struct sbd_error *err);
bool sbd_crowd_oom_kill(struct sbd_system *sys, struct sbd_task *task);

void sbd_crowd_policy(struct sbd_crowd *c, const struct sbd_policy *policy);
void sbd_crowd_verify(struct sbd_crowd *c);
void sbd_crowd_give_back(struct sbd_crowd *c);
unsigned long sbd_crowd_pages(const struct sbd_crowd *c, int nid);
void sbd_crowd_stat(const struct sbd_crowd *c, struct sbd_client_stat *sum);
u32 sbd_crowd_handles(const struct sbd_crowd *c);

static inline struct sbd_client *sbd_crowd_first(struct sbd_crowd *c)
{
	return &c->members[0].client;
}

#endif
