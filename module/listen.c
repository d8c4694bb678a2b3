// SPDX-License-Identifier: GPL-2.0
/*
 * Listening to the host.
 *
 * A thread takes the records of what the host's allocator does, a moment after they
 * were written, and counts.
 */
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "experiment.h"
#include "latency.h"
#include "listen.h"
#include "observe.h"
#include "rates.h"

#define WINDOW_NS	(2 * NSEC_PER_MSEC)	/* that a record may be late */
#define AT_ONCE		256			/* records between two breaths */

/**
 * struct listen_args - what may be said when it is switched on
 * @ring:    records of a CPU's ring
 * @latency: time each request
 * @locks:   time the shadow's zone locks
 */
struct listen_args {
	unsigned int ring;
	unsigned int latency;
	unsigned int locks;
};

static const struct sbd_key keys[] = {
	SBD_KEY(struct listen_args, "ring", SBD_KEY_UINT, ring, SBD_RING_MIN, SBD_RING_MAX),
	SBD_KEY(struct listen_args, "latency", SBD_KEY_UINT, latency, 0, 1),
	SBD_KEY(struct listen_args, "locks", SBD_KEY_UINT, locks, 0, 1),
	{ }
};

/**
 * struct listen - one host, listened to
 * @obs:    its events
 * @rates:  what was counted
 * @thread: NULL: off
 * @timed:  whose locks are timed, NULL: nobody's
 * @ended:  when it was switched off
 */
static struct listen {
	struct sbd_observer obs;
	struct sbd_rates rates;
	struct task_struct *thread;
	struct sbd_system *timed;
	u64 ended;
} l;

static DEFINE_MUTEX(lock);	/* protects l; the thread has @obs and @rates */

static void consume(u64 before)
{
	struct sbd_event e;
	unsigned int n = 0;
	int cpu;

	while (sbd_rings_next(&l.obs.rings, before, &e, &cpu)) {
		sbd_rates_event(&l.rates, cpu, &e);
		if (!(++n % AT_ONCE))
			cond_resched();
	}
}

static int listen(void *unused)
{
	while (!kthread_should_stop()) {
		consume(sbd_ring_clock() - WINDOW_NS);
		usleep_range(500, 1500);
	}
	/* The probes are gone: what is there is all. */
	consume(U64_MAX);
	return 0;
}

static void release(void)
{
	sbd_observe_destroy(&l.obs);
	sbd_rates_destroy(&l.rates);
}

static void switch_off(void)
{
	if (!l.thread)
		return;
	sbd_latency_stop();
	if (l.timed)
		sbd_rates_time_locks(l.timed, false);
	l.timed = NULL;
	sbd_observe_stop(&l.obs);
	l.ended = sbd_ring_clock();
	kthread_stop(l.thread);
	l.thread = NULL;
}

static int observe(const struct listen_args *a, struct sbd_error *err)
{
	int e = sbd_rates_create(&l.rates, sbd_ring_clock());

	if (e)
		return sbd_error(err, e, "", "no memory for the counts");
	l.obs.hooks = SBD_ALL_HOOKS;
	e = sbd_observe_start(&l.obs, a->ring);
	if (e == -ENODEV)
		return sbd_error(err, e, "", "this kernel has no event %s",
				 sbd_observe_missing());
	return e ? sbd_error(err, e, "ring", "no memory for the rings") : 0;
}

static int run(struct sbd_error *err)
{
	struct task_struct *t = kthread_run(listen, NULL, "shadowbuddy_live");

	if (IS_ERR(t)) {
		sbd_observe_stop(&l.obs);
		return sbd_error(err, PTR_ERR(t), "", "no thread");
	}
	l.thread = t;
	return 0;
}

static int switch_on(const struct listen_args *a, struct sbd_system *sys,
		     struct sbd_error *err)
{
	int e;

	release();
	e = observe(a, err) ?: run(err);
	if (e) {
		release();
		return e;
	}
	if (a->locks) {
		l.timed = sys;
		sbd_rates_time_locks(sys, true);
	}
	e = a->latency ? sbd_latency_start() : 0;
	if (e) {
		switch_off();
		return sbd_error(err, e, "latency", "no probe on the allocation's entry");
	}
	return 0;
}

/**
 * sbd_listen_enable() - listen to the host, or no more
 * @args: "0", or "1" and keys of struct listen_args; cut up
 * @sys:  whose locks can be timed
 * @err:  filled on error
 *
 * What was counted stays to be read until it is switched on again.
 * Context: process, may sleep.
 * Return: 0; -EINVAL, -ERANGE, -EBUSY, -ENODEV, -ENOMEM.
 */
int sbd_listen_enable(char *args, struct sbd_system *sys, struct sbd_error *err)
{
	struct listen_args a = { .ring = 65536 };
	char *text = strim(args);
	bool on = *text == '1';
	int e;

	if ((*text != '0' && !on) || (text[1] && !(on && isspace(text[1]))))
		return sbd_error(err, -EINVAL, text, "0, or 1 and keys");
	e = sbd_keys_parse(keys, text + 1, &a, err);
	if (e)
		return e;
	mutex_lock(&lock);
	if (!on)
		switch_off();
	else if (l.thread)
		e = sbd_error(err, -EBUSY, "", "it is on");
	else
		e = switch_on(&a, sys, err);
	mutex_unlock(&lock);
	return e;
}

/**
 * sbd_listen_show_enable() - is it on?
 * @t: appended to
 */
void sbd_listen_show_enable(struct sbd_text *t)
{
	sbd_text_printf(t, "%d\n", !!READ_ONCE(l.thread));
}

static u64 now(void)
{
	return l.thread ? sbd_ring_clock() : l.ended;
}

/**
 * sbd_listen_reset() - count from zero
 * @sys: whose lock times are forgotten, too
 *
 * Context: process, may sleep.
 */
void sbd_listen_reset(struct sbd_system *sys)
{
	mutex_lock(&lock);
	if (l.rates.now)
		sbd_rates_reset(&l.rates, now(), sbd_rings_lost(&l.obs.rings));
	sbd_latency_reset();
	sbd_rates_reset_locks(sys);
	mutex_unlock(&lock);
}

/**
 * sbd_listen_show() - what was counted
 * @t:	   appended to; nothing if it never was on
 * @table: which part
 *
 * Context: process, may sleep.
 */
void sbd_listen_show(struct sbd_text *t, enum sbd_listen_table table)
{
	u64 lost;

	mutex_lock(&lock);
	if (l.rates.now) {
		lost = sbd_rings_lost(&l.obs.rings);
		if (table == SBD_LISTEN_RATES)
			sbd_rates_show(&l.rates, t, now(), lost);
		else if (table == SBD_LISTEN_LISTS)
			sbd_rates_show_lists(&l.rates, t, now(), lost);
		else
			sbd_rates_show_fallbacks(&l.rates, t, now(), lost);
	}
	mutex_unlock(&lock);
}

/**
 * sbd_listen_exit() - off, and everything given back
 *
 * Context: process; nobody else comes any more.
 */
void sbd_listen_exit(void)
{
	mutex_lock(&lock);
	switch_off();
	release();
	sbd_latency_exit();
	mutex_unlock(&lock);
}
