// SPDX-License-Identifier: GPL-2.0
/*
 * Following the host.
 *
 * A thread takes the records of what the host's allocator does in the order of
 * their times, a moment after they were written, and serves each mirror the same
 * requests.  From time to time it holds the mirrors against the host's free lists.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "experiment.h"
#include "follow.h"
#include "live.h"
#include "observe.h"
#include "profile.h"
#include "stream.h"
#include "tunable.h"

#define WINDOW_NS	(2 * NSEC_PER_MSEC)	/* that a record may be late */
#define SAMPLE_NS	(250 * NSEC_PER_MSEC)	/* between looks at the host */
#define MOST_ZONES	SBD_SNAP_MAX_ZONES

struct follow_args {
	unsigned int on;
	unsigned int ring;
	unsigned int pause_us;
	unsigned int hooks;
};

static const struct sbd_key keys[] = {
	{ .name = "hooks", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, hooks),
	  .min = 0, .max = BIT(SBD_NR_HOOKS) - 1 },
	{ .name = "ring", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, ring),
	  .min = SBD_RING_MIN, .max = SBD_RING_MAX },
	{ .name = "pause_us", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, pause_us),
	  .min = 100, .max = 50000 },
	{ }
};

static struct follow {
	struct sbd_observer obs;
	struct sbd_snap snap;
	struct sbd_stream stream;
	struct task_struct *thread;
	u64 lag_ns;
	u64 lag_max;
	u64 sample_at;
	u64 next_sample;
	struct sbd_live_zone host[MOST_ZONES];
	unsigned long nr_free[SBD_NR_ORDERS];	/* of the host, at @sample_at */
} f;

static DEFINE_MUTEX(lock);	/* all of f but what the thread has while it runs */

/* ---- the thread ------------------------------------------------------------------ */

static void consume(u64 before)
{
	struct sbd_event e;
	unsigned int n = 0;
	u64 lag;
	int cpu;

	while (sbd_observe_next(&f.obs, before, &e, &cpu)) {
		if (e.time < f.snap.at)
			continue;
		sbd_stream_event(&f.stream, cpu, &e);
		if (++n % 256)
			continue;
		lag = sbd_observe_clock() - e.time;
		f.lag_ns = lag;
		f.lag_max = max(f.lag_max, lag);
		cond_resched();
	}
}

static void read_host(unsigned long *nr_free)
{
	struct sbd_live_zone *z = f.host, *end = z + sbd_live_zones(z, MOST_ZONES);
	int o;

	memset(nr_free, 0, SBD_NR_ORDERS * sizeof(*nr_free));
	for (; z < end; z++)
		for (o = 0; o < SBD_NR_ORDERS; o++)
			nr_free[o] += z->nr_free[o];
}

/* Look at the host now; the mirrors are there when they have come to this time. */
static void begin_sample(u64 now)
{
	read_host(f.nr_free);
	f.sample_at = sbd_observe_clock();
	f.next_sample = now + SAMPLE_NS;
}

static void end_sample(void)
{
	sbd_stream_sample(&f.stream, f.nr_free);
	f.sample_at = 0;
}

static int follow(void *unused)
{
	u64 now, before;

	while (!kthread_should_stop()) {
		now = sbd_observe_clock();
		if (!f.sample_at && now >= f.next_sample)
			begin_sample(now);
		before = now - WINDOW_NS;
		if (f.sample_at && f.sample_at <= before)
			before = f.sample_at;
		consume(before);
		if (before == f.sample_at)
			end_sample();
		usleep_range(500, 1500);
	}
	begin_sample(sbd_observe_clock());
	consume(U64_MAX);
	end_sample();
	return 0;
}

/* ---- on and off ------------------------------------------------------------------- */

static void release(void)
{
	sbd_stream_destroy(&f.stream);
	sbd_snap_destroy(&f.snap);
	sbd_observe_destroy(&f.obs);
}

static int prepare(struct sbd_error *err)
{
	int e;

	e = sbd_snap_create(&f.snap);
	if (e)
		return sbd_error(err, e, "", "this host's zones cannot be cloned");
	if (sbd_profile_parse("auto", &f.stream.prof))
		return sbd_error(err, -EOPNOTSUPP, "", "this kernel is not modelled");
	sbd_tunables_of_host(&f.stream.tun);
	e = sbd_stream_create(&f.stream, &f.snap, NULL, 0);
	return e ? sbd_error(err, e, "", "no memory for the clones") : 0;
}

static void reset_counts(void)
{
	f.lag_ns = 0;
	f.lag_max = 0;
	f.sample_at = 0;
	f.next_sample = f.snap.at + SAMPLE_NS;
}

static int switch_on(const struct follow_args *a, struct sbd_error *err)
{
	int e;

	f.obs.hooks = a->hooks;
	e = sbd_observe_start(&f.obs, a->ring);
	if (e == -ENODEV)
		return sbd_error(err, e, "", "this kernel has no event %s",
				 sbd_observe_missing());
	if (e)
		return sbd_error(err, e, "ring", "no memory for the rings");
	e = sbd_snap_now(&f.snap, a->pause_us * (u64)NSEC_PER_USEC);
	if (e) {
		sbd_observe_stop(&f.obs);
		return sbd_error(err, e, "pause_us", "too short to read the state: %u list entries",
				 f.snap.wanted);
	}
	e = sbd_snap_movable(&f.snap);
	if (e) {
		sbd_observe_stop(&f.obs);
		return sbd_error(err, e, "", "no memory for the clones");
	}
	f.stream.hooks = f.obs.hooks;
	sbd_stream_load(&f.stream, &f.snap);
	reset_counts();
	f.thread = kthread_run(follow, NULL, "shadowbuddy");
	if (IS_ERR(f.thread)) {
		e = PTR_ERR(f.thread);
		f.thread = NULL;
		sbd_observe_stop(&f.obs);
		return sbd_error(err, e, "", "no thread");
	}
	return 0;
}

static void switch_off(void)
{
	if (!f.thread)
		return;
	sbd_observe_stop(&f.obs);
	kthread_stop(f.thread);
	f.thread = NULL;
}

int sbd_follow_enable(char *args, struct sbd_error *err)
{
	struct follow_args a = { .ring = 65536, .pause_us = 2000,
				 .hooks = BIT(SBD_NR_HOOKS) - 1 };
	char *text = strim(args);
	int e;

	if (*text != '0' && *text != '1')
		return sbd_error(err, -EINVAL, text, "0, or 1 and keys");
	a.on = *text == '1';
	e = sbd_keys_parse(keys, text + 1, &a, err);
	if (e)
		return e;
	mutex_lock(&lock);
	if (!a.on) {
		switch_off();
	} else if (f.thread) {
		e = sbd_error(err, -EBUSY, "", "it is on");
	} else {
		release();
		e = prepare(err) ?: switch_on(&a, err);
		if (e)
			release();
	}
	mutex_unlock(&lock);
	return e;
}

void sbd_follow_show_enable(struct sbd_text *t)
{
	sbd_text_printf(t, "%d\n", !!f.thread);
}

void sbd_follow_exit(void)
{
	mutex_lock(&lock);
	switch_off();
	release();
	mutex_unlock(&lock);
}

/* ---- what came out ---------------------------------------------------------------- */

void sbd_follow_result(struct sbd_text *t)
{
	mutex_lock(&lock);
	if (f.obs.rings) {
		sbd_text_printf(t, "events: %llu\ndropped: %llu\nlag_us: %llu\nlag_max_us: %llu\n",
				sbd_stream_events(&f.stream), sbd_observe_lost(&f.obs),
				f.lag_ns / 1000, f.lag_max / 1000);
		sbd_stream_show(&f.stream, t);
	}
	mutex_unlock(&lock);
}
