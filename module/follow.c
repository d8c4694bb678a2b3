// SPDX-License-Identifier: GPL-2.0
/*
 * Following the host.
 *
 * A thread takes the records of what the host's allocator does in the order of
 * their times, a moment after they were written, and serves each mirror the same
 * requests.  From time to time it holds the mirrors against the host's free lists.
 */
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "experiment.h"
#include "follow.h"
#include "live.h"
#include "observe.h"
#include "profile.h"
#include "recording.h"
#include "stream.h"
#include "tunable.h"

#define WINDOW_NS	(2 * NSEC_PER_MSEC)	/* that a record may be late */
#define LOOK_NS		(250 * NSEC_PER_MSEC)	/* between looks at the host */
#define LOOKS		1200			/* that are kept: five minutes */
#define AT_ONCE		256			/* records between two breaths */
#define MOST_ZONES	SBD_SNAP_MAX_ZONES

/**
 * struct follow_args - what may be said when it is switched on
 * @ring:	records of a CPU's ring
 * @pause_us:	that a snapshot may take
 * @hooks:	names of hooks, or all, or none
 * @record_mb:	MiB for a recording, 0: none
 * @resnap_pct: distance of the free blocks at which to begin anew, 0: never
 */
struct follow_args {
	unsigned int ring;
	unsigned int pause_us;
	const char *hooks;
	unsigned int record_mb;
	unsigned int resnap_pct;
};

static const struct sbd_key keys[] = {
	SBD_KEY(struct follow_args, "hooks", SBD_KEY_TEXT, hooks, 0, 0),
	SBD_KEY(struct follow_args, "ring", SBD_KEY_UINT, ring, SBD_RING_MIN, SBD_RING_MAX),
	SBD_KEY(struct follow_args, "pause_us", SBD_KEY_UINT, pause_us, 100, 50000),
	SBD_KEY(struct follow_args, "record_mb", SBD_KEY_UINT, record_mb, 0,
		SBD_RECORDING_MB_MAX),
	SBD_KEY(struct follow_args, "resnap_pct", SBD_KEY_UINT, resnap_pct, 0, 100),
	{ }
};

/**
 * struct look - how things stood when the mirrors were held against the host
 * @ms:	      since it was switched on
 * @events:   since the last snapshot
 * @dropped:  likewise
 * @lag_us:   how old the events were that were served
 * @exact:    requests of the baseline with the host's frame, hundredths of a percent
 * @distance: of each instance's free blocks from the host's, likewise
 */
struct look {
	u64 ms;
	u64 events;
	u64 dropped;
	u32 lag_us;
	u32 exact;
	u32 distance[SBD_STREAM_INSTANCES];
};

/**
 * struct follow - one host, followed
 * @whatif:    settings of the instances that were added; a name each, "" if free
 * @args:      as it was switched on
 * @obs:       its events
 * @snap:      with what the mirrors began
 * @stream:    the mirrors
 * @rec:       what is recorded
 * @replayed:  what a replay answered; instead of the mirror's
 * @thread:    NULL: off
 * @step:      held by whoever serves the mirrors, or looks at them
 * @since:     when it was switched on
 * @from:      time of the last snapshot
 * @snapshots: taken
 * @failed:    snapshots that could not be taken
 * @pause_max: longest of them, ns
 * @lost_then: records lost before the last snapshot
 * @lag_ns:    how old the last event was
 * @lag_max:   longest since the snapshot
 * @sample_at: when the host was looked at; the mirrors are not there yet
 * @next_sample: when it will be
 * @host:      room for its zones
 * @nr_free:   its free blocks by order, at @sample_at
 * @looks:     the last LOOKS
 * @nr_looks:  how many there were
 */
static struct follow {
	struct sbd_whatif whatif[SBD_FOLLOW_WHATIFS];
	struct follow_args args;
	struct sbd_observer obs;
	struct sbd_snap snap;
	struct sbd_stream stream;
	struct sbd_recording rec;
	struct sbd_text replayed;
	struct task_struct *thread;
	struct mutex step;	/* protects what follows, and the mirrors, while it is on */
	u64 since;
	u64 from;
	u64 snapshots;
	u64 failed;
	u64 pause_max;
	u64 lost_then;
	u64 lag_ns;
	u64 lag_max;
	u64 sample_at;
	u64 next_sample;
	struct sbd_live_zone host[MOST_ZONES];
	unsigned long nr_free[SBD_NR_ORDERS];
	struct look *looks;
	unsigned long nr_looks;
} f = {
	.step = __MUTEX_INITIALIZER(f.step),
};

static DEFINE_MUTEX(lock);	/* on, off, and what that needs; before f.step */

static u64 dropped(void)
{
	return sbd_rings_lost(&f.obs.rings) - f.lost_then;
}

/* ---- looking at the host ------------------------------------------------------------ */

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
	f.sample_at = sbd_ring_clock();
	f.next_sample = now + LOOK_NS;
}

static u32 hundredths(u64 part, u64 all)
{
	return all ? div64_u64(part * 10000, all) : 0;
}

static void note_look(void)
{
	struct look *l = &f.looks[f.nr_looks++ % LOOKS];
	const struct sbd_mirror_count *n = &f.stream.inst[0].m.now;
	int i;

	*l = (struct look) {
		.ms = div_u64(f.sample_at - f.since, NSEC_PER_MSEC),
		.events = sbd_stream_events(&f.stream),
		.dropped = dropped(),
		.lag_us = div_u64(f.lag_ns, NSEC_PER_USEC),
		.exact = hundredths(n->exact, n->requests),
	};
	for (i = 0; i < f.stream.nr; i++)
		l->distance[i] = f.stream.inst[i].apart.last;
}

static void end_sample(void)
{
	sbd_recording_sample(&f.rec, f.sample_at, f.nr_free);
	sbd_stream_sample(&f.stream, f.nr_free);
	sbd_stream_trace(&f.stream, dropped());
	note_look();
	f.sample_at = 0;
}

/* ---- a snapshot, and from there ------------------------------------------------------- */

static void begin_anew(void)
{
	f.lag_ns = 0;
	f.lag_max = 0;
	f.sample_at = 0;
	f.next_sample = f.snap.at + LOOK_NS;
	f.from = f.snap.at;
	f.pause_max = max(f.pause_max, f.snap.ns);
	f.snapshots++;
}

/* Return: 0, or an errno of sbd_snap_now() and the mirrors as they were. */
static int take_snapshot(void)
{
	int err = sbd_snap_now(&f.snap, f.args.pause_us * (u64)NSEC_PER_USEC) ?:
		  sbd_snap_movable(&f.snap);

	f.failed += !!err;
	return err;
}

static void load_snapshot(u64 lost)
{
	f.lost_then = lost;
	sbd_stream_load(&f.stream, &f.snap);
	begin_anew();
}

/* ---- the thread ------------------------------------------------------------------ */

/* Return: false if there is nothing more that is old enough. */
static bool consume_some(u64 before)
{
	struct sbd_event e = { };
	unsigned int n = 0;
	int cpu;

	while (n++ < AT_ONCE) {
		if (!sbd_rings_next(&f.obs.rings, before, &e, &cpu))
			break;
		if (e.time < f.from)
			continue;
		sbd_recording_add(&f.rec, cpu, &e);
		sbd_stream_event(&f.stream, cpu, &e);
	}
	if (e.time) {
		f.lag_ns = sbd_ring_clock() - e.time;
		if (e.time >= f.from)
			f.lag_max = max(f.lag_max, f.lag_ns);
	}
	return n > AT_ONCE;
}

/*
 * All that came before the snapshot is served first, so that the states can be
 * compared.  A recording has one beginning: it ends here.
 */
static int resnap(void)
{
	u64 lost = sbd_rings_lost(&f.obs.rings), was = dropped();
	int err = take_snapshot();

	if (err)
		return err;
	while (consume_some(f.snap.at))
		cond_resched();
	sbd_stream_compare(&f.stream, &f.snap);
	sbd_recording_end(&f.rec, was);
	load_snapshot(lost);
	return 0;
}

static bool drifted(void)
{
	return f.args.resnap_pct &&
	       f.stream.inst[0].apart.last > f.args.resnap_pct * 100;
}

static void consume(u64 before)
{
	bool more;

	do {
		mutex_lock(&f.step);
		more = consume_some(before);
		mutex_unlock(&f.step);
		cond_resched();
	} while (more);
}

static void look_if_due(u64 now)
{
	mutex_lock(&f.step);
	if (!f.sample_at && now >= f.next_sample)
		begin_sample(now);
	mutex_unlock(&f.step);
}

static void compare_with_host(u64 at)
{
	mutex_lock(&f.step);
	if (f.sample_at == at) {
		end_sample();
		if (drifted())
			resnap();
	}
	mutex_unlock(&f.step);
}

/* All that is older than the window, but no further than to the last look. */
static void follow_some(void)
{
	u64 now = sbd_ring_clock(), before = now - WINDOW_NS, at;

	look_if_due(now);
	at = READ_ONCE(f.sample_at);
	if (!at || at > before) {
		consume(before);
		return;
	}
	consume(at);
	compare_with_host(at);
}

static int follow(void *unused)
{
	while (!kthread_should_stop()) {
		follow_some();
		usleep_range(500, 1500);
	}
	/* The probes are gone: what is there is all. */
	consume(U64_MAX);
	mutex_lock(&f.step);
	begin_sample(sbd_ring_clock());
	end_sample();
	mutex_unlock(&f.step);
	return 0;
}

/* ---- on and off ------------------------------------------------------------------- */

static void release(void)
{
	sbd_recording_free(&f.rec);
	sbd_text_free(&f.replayed);
	sbd_stream_destroy(&f.stream);
	sbd_snap_destroy(&f.snap);
	sbd_observe_destroy(&f.obs);
	vfree(f.looks);
	f.looks = NULL;
}

/* Those that were added, without gaps. */
static int whatifs(struct sbd_whatif *w)
{
	int i, n = 0;

	for (i = 0; i < SBD_FOLLOW_WHATIFS; i++)
		if (f.whatif[i].name[0])
			w[n++] = f.whatif[i];
	return n;
}

static int make_mirrors(struct sbd_error *err)
{
	struct sbd_whatif w[SBD_FOLLOW_WHATIFS];
	int nr = whatifs(w), e;

	e = sbd_stream_fits((u64)f.snap.topo.nr_cells << SBD_MAX_ORDER, nr + 1, err);
	if (e)
		return e;
	e = sbd_stream_create(&f.stream, &f.snap, w, nr);
	if (e == -ENOMEM)
		return sbd_error(err, e, "", "no memory for the clones");
	if (e)
		return sbd_error(err, e, "", "this host's zones cannot be cloned");
	return 0;
}

static int prepare(struct sbd_error *err)
{
	int e = sbd_snap_create(&f.snap);

	if (e)
		return sbd_error(err, e, "", e == -ENOMEM ? "no memory for a snapshot" :
				 "this host's zones cannot be cloned");
	if (sbd_profile_parse("auto", &f.stream.prof))
		return sbd_error(err, -EOPNOTSUPP, "", "this kernel is not modelled");
	sbd_tunables_of_host(&f.stream.tun);
	f.looks = vzalloc(array_size(LOOKS, sizeof(*f.looks)));
	if (!f.looks)
		return sbd_error(err, -ENOMEM, "", "no memory for the looks");
	return make_mirrors(err) ?: sbd_recording_create(&f.rec, f.args.record_mb, err);
}

static int observe(struct sbd_error *err)
{
	int e = sbd_observe_start(&f.obs, f.args.ring);

	if (e == -ENODEV)
		return sbd_error(err, e, "", "this kernel has no event %s",
				 sbd_observe_missing());
	return e ? sbd_error(err, e, "ring", "no memory for the rings") : 0;
}

static int begin(struct sbd_error *err)
{
	int e;

	f.snapshots = 0;
	f.failed = 0;
	f.pause_max = 0;
	f.nr_looks = 0;
	f.stream.hooks = f.obs.hooks;
	f.stream.compared = 0;
	f.stream.alike = 0;
	e = take_snapshot();
	if (e == -ENOMEM)
		return sbd_error(err, e, "", "no memory for the state");
	if (e)
		return sbd_error(err, e, "pause_us", "too short to read the state: %u list entries",
				 f.snap.wanted);
	load_snapshot(sbd_rings_lost(&f.obs.rings));
	f.since = f.snap.at;
	return sbd_recording_start(&f.rec, &f.stream, &f.snap, err);
}

static int run(struct sbd_error *err)
{
	struct task_struct *t = kthread_run(follow, NULL, "shadowbuddy");

	if (IS_ERR(t))
		return sbd_error(err, PTR_ERR(t), "", "no thread");
	f.thread = t;
	return 0;
}

static int switch_on(struct sbd_error *err)
{
	int e;

	release();
	e = prepare(err) ?: observe(err);
	if (!e) {
		e = begin(err) ?: run(err);
		if (e)
			sbd_observe_stop(&f.obs);
	}
	if (e)
		release();
	return e;
}

static void switch_off(void)
{
	if (!f.thread)
		return;
	sbd_observe_stop(&f.obs);
	kthread_stop(f.thread);
	f.thread = NULL;
	sbd_recording_end(&f.rec, dropped());
}

static int hook_of(const char *name)
{
	int i;

	for (i = 0; i < SBD_NR_HOOKS; i++)
		if (!strcmp(name, sbd_hook_name(i)))
			return i;
	return -1;
}

/* "all", "none", or names with commas. */
static int parse_hooks(const char *text, unsigned int *mask, struct sbd_error *err)
{
	char copy[64], *rest = copy, *name;
	int i;

	*mask = !text || !strcmp(text, "all") ? SBD_ALL_HOOKS : 0;
	if (!text || !strcmp(text, "all") || !strcmp(text, "none"))
		return 0;
	if (strscpy(copy, text, sizeof(copy)) < 0)
		return sbd_error(err, -EINVAL, text, "all, none, or names of hooks");
	while ((name = strsep(&rest, ","))) {
		i = hook_of(name);
		if (i < 0)
			return sbd_error(err, -EINVAL, name, "no such hook");
		*mask |= BIT(i);
	}
	return 0;
}

static int parse(char *text, struct follow_args *a, unsigned int *hooks,
		 struct sbd_error *err)
{
	*a = (struct follow_args) { .ring = 65536, .pause_us = 2000 };
	if ((*text != '0' && *text != '1') || (text[1] && !isspace(text[1])))
		return sbd_error(err, -EINVAL, text, "0, or 1 and keys");
	if (*text == '0' && text[1])
		return sbd_error(err, -EINVAL, text, "0 has no keys");
	return sbd_keys_parse(keys, text + 1, a, err) ?:
	       parse_hooks(a->hooks, hooks, err);
}

/**
 * sbd_follow_enable() - follow the host, or follow it no more
 * @args: "0", or "1" and keys of struct follow_args; cut up
 * @err:  filled on error
 *
 * What came out stays to be read until it is switched on again.
 * Context: process, may sleep; stops all CPUs for a moment.
 * Return: 0, or -EINVAL, -ERANGE, -EBUSY, -ENODEV, -ENOMEM, -EOPNOTSUPP or an errno
 * of sbd_snap_take(), and nothing changed but that an old result is gone.
 */
int sbd_follow_enable(char *args, struct sbd_error *err)
{
	struct follow_args a;
	char *text = strim(args);
	bool on = *text == '1';
	unsigned int hooks;
	int e;

	e = parse(text, &a, &hooks, err);
	if (e)
		return e;
	mutex_lock(&lock);
	if (!on) {
		switch_off();
	} else if (f.thread) {
		e = sbd_error(err, -EBUSY, "", "it is on");
	} else {
		f.args = a;
		f.args.hooks = NULL;
		f.obs.hooks = hooks;
		e = switch_on(err);
	}
	mutex_unlock(&lock);
	return e;
}

/**
 * sbd_follow_resnap() - let all mirrors begin anew with the host's state as it is
 * @err: filled on error
 *
 * Context: process, may sleep; stops all CPUs for a moment.
 * Return: 0; -EINVAL if it is off; an errno of sbd_snap_take() and nothing changed.
 */
int sbd_follow_resnap(struct sbd_error *err)
{
	int e;

	mutex_lock(&lock);
	if (!f.thread) {
		mutex_unlock(&lock);
		return sbd_error(err, -EINVAL, "", "it is off");
	}
	mutex_lock(&f.step);
	e = resnap();
	mutex_unlock(&f.step);
	mutex_unlock(&lock);
	return e ? sbd_error(err, e, "", "the state could not be read") : 0;
}

/**
 * sbd_follow_show_enable() - is it on?
 * @t: appended to
 */
void sbd_follow_show_enable(struct sbd_text *t)
{
	sbd_text_printf(t, "%d\n", !!READ_ONCE(f.thread));
}

/**
 * sbd_follow_exit() - off, and everything given back
 *
 * Context: process; nobody else comes any more.
 */
void sbd_follow_exit(void)
{
	mutex_lock(&lock);
	switch_off();
	release();
	mutex_unlock(&lock);
}

/* ---- what if ------------------------------------------------------------------------- */

static int slot_of(const char *name)
{
	int i;

	for (i = 0; i < SBD_FOLLOW_WHATIFS; i++)
		if (!strcmp(f.whatif[i].name, name))
			return i;
	return -1;
}

static int add(const struct sbd_whatif *w, struct sbd_error *err)
{
	int i = slot_of("");

	if (f.thread)
		return sbd_error(err, -EBUSY, "", "the mirror is on");
	if (slot_of(w->name) >= 0)
		return sbd_error(err, -EEXIST, w->name, "is there already");
	if (i < 0)
		return sbd_error(err, -ENOSPC, w->name, "there are %d already",
				 SBD_FOLLOW_WHATIFS);
	f.whatif[i] = *w;
	return i;
}

/**
 * sbd_follow_add() - one more instance, from the next enable on
 * @args: "NAME key=value ...", see sbd_whatif_parse(); cut up
 * @err:  filled on error
 *
 * Context: process.
 * Return: its slot; -EINVAL, -ERANGE, -EBUSY, -EEXIST, -ENOSPC.
 */
int sbd_follow_add(char *args, struct sbd_error *err)
{
	struct sbd_whatif w;
	int e = sbd_whatif_parse(&w, strim(args), err);

	if (e)
		return e;
	mutex_lock(&lock);
	e = add(&w, err);
	mutex_unlock(&lock);
	return e;
}

/**
 * sbd_follow_remove() - an instance less
 * @name: its name
 * @err:  filled on error
 *
 * Context: process.  Return: the slot that it had; -ENOENT, -EBUSY.
 */
int sbd_follow_remove(const char *name, struct sbd_error *err)
{
	int i;

	mutex_lock(&lock);
	i = *name ? slot_of(name) : -1;
	if (f.thread)
		i = sbd_error(err, -EBUSY, "", "the mirror is on");
	else if (i < 0)
		i = sbd_error(err, -ENOENT, name, "no such instance");
	else
		f.whatif[i].name[0] = '\0';
	mutex_unlock(&lock);
	return i;
}

/**
 * sbd_follow_tune() - change an instance's settings, from the next enable on
 * @slot: of an instance
 * @args: "key=value ...", see sbd_whatif_tune(); cut up
 * @err:  filled on error
 *
 * Context: process.  Return: 0; -EINVAL, -ERANGE, -EBUSY.
 */
int sbd_follow_tune(int slot, char *args, struct sbd_error *err)
{
	int e;

	mutex_lock(&lock);
	if (f.thread)
		e = sbd_error(err, -EBUSY, "", "the mirror is on");
	else
		e = sbd_whatif_tune(&f.whatif[slot], strim(args), err);
	mutex_unlock(&lock);
	return e;
}

/**
 * sbd_follow_show_tunables() - settings of an instance that are not the host's
 * @slot: its slot
 * @t:	  appended to
 */
void sbd_follow_show_tunables(int slot, struct sbd_text *t)
{
	mutex_lock(&lock);
	sbd_whatif_show(&f.whatif[slot], t);
	mutex_unlock(&lock);
}

/**
 * sbd_follow_name() - who is in a slot?
 * @slot: below SBD_FOLLOW_WHATIFS
 * @name: SBD_WHATIF_NAME bytes, set
 *
 * Context: process.  Return: false if nobody is.
 */
bool sbd_follow_name(int slot, char *name)
{
	mutex_lock(&lock);
	strscpy(name, f.whatif[slot].name, SBD_WHATIF_NAME);
	mutex_unlock(&lock);
	return *name;
}

/* ---- what came out ---------------------------------------------------------------- */

static void show_following(struct sbd_text *t)
{
	sbd_text_printf(t, "events: %llu\ndropped: %llu\nlag_us: %llu\nlag_max_us: %llu\n",
			sbd_stream_events(&f.stream), dropped(), f.lag_ns / 1000,
			f.lag_max / 1000);
	sbd_text_printf(t, "snapshots: %llu\nsnapshots_failed: %llu\npause_max_us: %llu\n",
			f.snapshots, f.failed, f.pause_max / 1000);
	sbd_text_printf(t, "missed_by_hooks: %llu\n", sbd_observe_missed(&f.obs));
}

/**
 * sbd_follow_result() - what the mirrors make of the host, or of a recording
 * @t: appended to; nothing if it never was on
 *
 * All counts are since the last snapshot.  Context: process, may sleep.
 */
void sbd_follow_result(struct sbd_text *t)
{
	mutex_lock(&lock);
	mutex_lock(&f.step);
	if (f.obs.rings.ring) {
		show_following(t);
		sbd_recording_show(&f.rec, t);
		sbd_stream_show(&f.stream, t);
	} else if (f.replayed.len) {
		sbd_text_printf(t, "%s", f.replayed.buf);
	}
	mutex_unlock(&f.step);
	mutex_unlock(&lock);
}

static void show_look(struct sbd_text *t, const struct look *l)
{
	int i;

	sbd_text_printf(t, "%llu %llu %llu %u %u.%02u", l->ms, l->events, l->dropped,
			l->lag_us, l->exact / 100, l->exact % 100);
	for (i = 0; i < f.stream.nr; i++)
		sbd_text_printf(t, " %u.%02u", l->distance[i] / 100, l->distance[i] % 100);
	sbd_text_printf(t, "\n");
}

/**
 * sbd_follow_series() - the last looks at the host, one line each
 * @t: appended to
 *
 * Context: process, may sleep.
 */
void sbd_follow_series(struct sbd_text *t)
{
	unsigned long i;

	mutex_lock(&lock);
	mutex_lock(&f.step);
	if (f.looks) {
		sbd_text_printf(t, "ms events dropped lag_us exact_pct");
		for (i = 0; i < f.stream.nr; i++)
			sbd_text_printf(t, " %s_err_pct", f.stream.inst[i].m.name);
		sbd_text_printf(t, "\n");
		for (i = f.nr_looks > LOOKS ? f.nr_looks - LOOKS : 0; i < f.nr_looks; i++)
			show_look(t, &f.looks[i % LOOKS]);
	}
	mutex_unlock(&f.step);
	mutex_unlock(&lock);
}

/* ---- recordings ------------------------------------------------------------------- */

/**
 * sbd_follow_recording() - part of the last recording
 * @to:	 user space
 * @len: of @to
 * @pos: where from; moved
 *
 * Context: process.  Return: bytes; -EBUSY while it is made.
 */
ssize_t sbd_follow_recording(char __user *to, size_t len, loff_t *pos)
{
	ssize_t n = -EBUSY;

	mutex_lock(&lock);
	if (!f.rec.buf || f.rec.ended)
		n = simple_read_from_buffer(to, len, pos, f.rec.buf, f.rec.len);
	mutex_unlock(&lock);
	return n;
}

/**
 * sbd_follow_replay() - what the mirrors make of a recording
 * @buf: all of it
 * @len: of @buf
 * @err: filled on error
 *
 * With the instances that were added.  The answer is what mirror/result says until
 * the next enable.
 * Context: process, may sleep.
 * Return: 0, -EBUSY, or an errno of sbd_recording_replay().
 */
int sbd_follow_replay(const void *buf, size_t len, struct sbd_error *err)
{
	struct sbd_whatif w[SBD_FOLLOW_WHATIFS];
	struct sbd_replayed took;
	int e;

	mutex_lock(&lock);
	if (f.thread) {
		e = sbd_error(err, -EBUSY, "", "the mirror is on");
	} else {
		release();
		e = sbd_recording_replay(buf, len, w, whatifs(w), &f.replayed, &took, err);
	}
	mutex_unlock(&lock);
	return e;
}
