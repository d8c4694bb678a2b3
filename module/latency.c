// SPDX-License-Identifier: GPL-2.0
/*
 * How long the host's allocator takes to answer a request, from its entry to its
 * return: what is past by an interrupt, and reclaim that it waits for, counts.
 *
 * A return probe, off unless asked for, as it costs about what an allocation does.
 * Its two halves take no lock and no memory.  A CPU adds to its own histograms by
 * single instructions, so whatever interrupts them does no harm.  What the kernel
 * could not watch, for want of one of the places made beforehand or because a probe
 * was running already, it counts.
 */
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "hist.h"
#include "latency.h"

#define NR_CLASSES	4

/* Orders that share a histogram, to the next one's first. */
static const struct {
	const char *name;
	unsigned int first;
} classes[NR_CLASSES] = {
	{ "0", 0 },
	{ "1-3", 1 },
	{ "4-8", 4 },
	{ "9-10", 9 },
};

/**
 * struct call - a request that has begun
 * @since: when
 * @hist:  where it belongs
 */
struct call {
	u64 since;
	struct sbd_hist __percpu *hist;
};

static struct sbd_hist __percpu *hist[NR_CLASSES];
static bool running;
static unsigned long missed_before;	/* counted until the last reset */
static DEFINE_MUTEX(lock);		/* the above, but for what @hist points to */

/* ---- the probe --------------------------------------------------------------- */

static int call_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	unsigned int order = regs_get_kernel_argument(regs, 1);
	struct call *c = (struct call *)ri->data;
	int class = NR_CLASSES - 1;

	while (order < classes[class].first)
		class--;
	c->hist = hist[class];
	c->since = ktime_get_mono_fast_ns();
	return 0;
}

NOKPROBE_SYMBOL(call_begins);

/* The time may have passed on another CPU, but it passed alike on all of them. */
static int call_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct call *c = (struct call *)ri->data;
	u64 now = ktime_get_mono_fast_ns();
	u64 took = now > c->since ? now - c->since : 0;

	this_cpu_inc(c->hist->bucket[sbd_hist_index(took)]);
	if (took > this_cpu_read(c->hist->max))
		this_cpu_write(c->hist->max, took);
	return 0;
}

NOKPROBE_SYMBOL(call_ends);

static struct kretprobe probe = {
	.entry_handler = call_begins,
	.handler = call_ends,
	.data_size = sizeof(struct call),
	.kp.symbol_name = SBD_LIVE_ALLOC_SYMBOL,
};

/* No place for one more call, or a probe was running already. */
static unsigned long missed(void)
{
	return probe.nmissed + probe.kp.nmissed;
}

/* ---- on, off, and from zero -------------------------------------------------- */

static int make_hists(void)
{
	int i;

	for (i = 0; i < NR_CLASSES; i++) {
		if (!hist[i])
			hist[i] = alloc_percpu(struct sbd_hist);
		if (!hist[i])
			return -ENOMEM;
	}
	return 0;
}

static void clear_cpu(int cpu)
{
	int i;

	for (i = 0; i < NR_CLASSES; i++)
		memset(per_cpu_ptr(hist[i], cpu), 0, sizeof(struct sbd_hist));
}

/* With interrupts off, so that no instruction of this CPU's probe is amid its work. */
static void clear_this(void *unused)
{
	clear_cpu(smp_processor_id());
}

static void clear(void)
{
	int cpu;

	cpus_read_lock();
	on_each_cpu(clear_this, NULL, 1);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			clear_cpu(cpu);
	cpus_read_unlock();
}

/* Fields that an earlier registration has left behind would be misread. */
static int attach(void)
{
	int err;

	probe.kp.addr = NULL;
	probe.kp.flags = 0;
	probe.maxactive = clamp(16 * num_possible_cpus(), 128u, 4096u);
	err = register_kretprobe(&probe);
	return err == -EINVAL || err == -ENOENT ? -ENODEV : err;
}

/**
 * sbd_latency_start() - time each request from here on
 *
 * From zero.  Nothing happens if they are being timed.
 * Context: process, may sleep.
 * Return: 0, -ENODEV if this kernel's function cannot be probed, or another errno.
 */
int sbd_latency_start(void)
{
	int err = 0;

	mutex_lock(&lock);
	if (!running) {
		err = make_hists();
		if (!err)
			clear();
		err = err ?: attach();
		running = !err;
		missed_before = 0;
	}
	mutex_unlock(&lock);
	return err;
}

/**
 * sbd_latency_stop() - no longer; what was seen can still be read
 *
 * No probe runs any more on return.  Context: process, may sleep.
 */
void sbd_latency_stop(void)
{
	mutex_lock(&lock);
	if (running)
		unregister_kretprobe(&probe);
	running = false;
	mutex_unlock(&lock);
}

/**
 * sbd_latency_reset() - forget what was seen
 *
 * Context: process, may sleep; requests may be timed meanwhile.
 */
void sbd_latency_reset(void)
{
	mutex_lock(&lock);
	if (hist[NR_CLASSES - 1])
		clear();
	missed_before = missed();
	mutex_unlock(&lock);
}

/**
 * sbd_latency_exit() - stop and give the memory back
 *
 * Context: process, may sleep; nobody reads.
 */
void sbd_latency_exit(void)
{
	int i;

	sbd_latency_stop();
	for (i = 0; i < NR_CLASSES; i++) {
		free_percpu(hist[i]);
		hist[i] = NULL;
	}
}

/* ---- printing ---------------------------------------------------------------- */

/* The probe keeps no count, which could be apart from the buckets. */
static void sum_cpus(struct sbd_hist *sum, struct sbd_hist __percpu *of)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		sbd_hist_merge(sum, per_cpu_ptr(of, cpu));
	for (i = 0; i < SBD_HIST_BUCKETS; i++)
		sum->count += sum->bucket[i];
}

static void print_class(struct sbd_text *t, int class, const struct sbd_hist *h)
{
	static const unsigned int quantiles[] = { 500, 900, 990, 999 };
	unsigned int i;

	sbd_text_printf(t, "%s %llu", classes[class].name, h->count);
	for (i = 0; i < ARRAY_SIZE(quantiles); i++)
		sbd_text_printf(t, " %llu", sbd_hist_quantile(h, quantiles[i]));
	sbd_text_printf(t, " %llu\n", h->max);
}

static void print_classes(struct sbd_text *t)
{
	struct sbd_hist *sum = vmalloc(sizeof(*sum));
	int i;

	if (!sum) {
		t->error = -ENOMEM;
		return;
	}
	for (i = 0; i < NR_CLASSES; i++) {
		sum_cpus(sum, hist[i]);
		if (sum->count)
			print_class(t, i, sum);
	}
	vfree(sum);
}

/**
 * sbd_latency_show() - live/latency
 * @t: appended to
 *
 * Context: process, may sleep; requests may be timed meanwhile.
 */
void sbd_latency_show(struct sbd_text *t)
{
	mutex_lock(&lock);
	sbd_text_printf(t, "timing: %s\nfunction: %s\nmissed: %lu\n",
			running ? "on" : "off", SBD_LIVE_ALLOC_SYMBOL,
			missed() - missed_before);
	sbd_text_printf(t, "\norders count p50_ns p90_ns p99_ns p999_ns max_ns\n");
	if (hist[NR_CLASSES - 1])
		print_classes(t);
	mutex_unlock(&lock);
}
