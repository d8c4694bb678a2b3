// SPDX-License-Identifier: GPL-2.0
/*
 * Page by page: does the shadow answer as the host does?
 *
 * Burst after burst (burst.c), the host's answers are logged with the state from
 * which they follow.  A clone is then given that state and served the same
 * requests.  The first answer that is another frame, and with verify=state the
 * first bit of state that is another afterwards, ends the run and is explained.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "alloc.h"
#include "burst.h"
#include "clone.h"
#include "divergence.h"
#include "exact.h"
#include "format.h"
#include "live.h"
#include "profile.h"
#include "rules.h"
#include "system.h"
#include "trace.h"

#define CLONE_ID	2	/* in tracepoints */
#define TRIES		64	/* bursts given up one after the other */
#define MOST_OPS	65536
#define MOST_PAUSE_US	50000
#define BOOST_FACTOR	"/proc/sys/vm/watermark_boost_factor"

enum verify { VERIFY_FRAME, VERIFY_STATE };
static const char * const verify_names[] = { "frame", "state", NULL };

enum aim { AIM_ANY, AIM_LOW };
static const char * const aim_names[] = { "any", "low", NULL };

#ifdef SBD_BREAK
#define RULE_NAME(name, kernels, what)	[SBD_RULE_##name] = #name,
static const char * const rule_names[SBD_NR_RULES + 1] = {
	[SBD_RULE_NONE] = "none",
	SBD_RULES(RULE_NAME)
};
#endif

/**
 * struct exact_args - the keys of a run
 * @ops:	requests of a burst, at most
 * @bursts:	how many
 * @hold:	pages held at most, 0: chosen
 * @free_ratio:	percent of requests that give back
 * @pause_us:	how long CPUs may be stopped
 * @verify:	enum verify
 * @state:	enum aim
 * @seed:	of all that is drawn
 * @cpus:	"all" or a list: who works, in turn
 * @orders:	"LOW-HIGH"
 * @types:	"all" or names
 * @zones:	"all" or names
 * @gfp:	"mix" or a mask
 * @profile:	as the module's parameter
 * @broken:	enum sbd_rule, in test builds
 */
struct exact_args {
	unsigned int ops;
	unsigned int bursts;
	unsigned int hold;
	unsigned int free_ratio;
	unsigned int pause_us;
	unsigned int verify;
	unsigned int state;
	u64 seed;
	const char *cpus;
	const char *orders;
	const char *types;
	const char *zones;
	const char *gfp;
	const char *profile;
	unsigned int broken;
};

#define KEY(...)	SBD_KEY(struct exact_args, __VA_ARGS__)
#define NAMES(...)	SBD_KEY_OF(struct exact_args, __VA_ARGS__)

static const struct sbd_key exact_keys[] = {
	KEY("ops", SBD_KEY_UINT, ops, 1, MOST_OPS),
	KEY("bursts", SBD_KEY_UINT, bursts, 1, 1000000),
	KEY("cpus", SBD_KEY_TEXT, cpus, 0, 0),
	KEY("orders", SBD_KEY_TEXT, orders, 0, 0),
	KEY("types", SBD_KEY_TEXT, types, 0, 0),
	KEY("gfp", SBD_KEY_TEXT, gfp, 0, 0),
	KEY("free_ratio", SBD_KEY_UINT, free_ratio, 0, 99),
	KEY("hold", SBD_KEY_UINT, hold, 1, 1 << 24),
	KEY("seed", SBD_KEY_U64, seed, 0, U64_MAX),
	KEY("pause_us", SBD_KEY_UINT, pause_us, 100, MOST_PAUSE_US),
	KEY("zones", SBD_KEY_TEXT, zones, 0, 0),
	NAMES("verify", verify, verify_names),
	NAMES("state", state, aim_names),
	KEY("profile", SBD_KEY_TEXT, profile, 0, 0),
#ifdef SBD_BREAK
	NAMES("break", broken, rule_names),
#endif
	{}
};

/**
 * struct exact - a run
 * @x:	      whose progress is told; may be NULL
 * @a:	      what was asked for
 * @prof:     whose behaviour the clone has
 * @cpus:     who works
 * @b:	      the bursts
 * @sys:      the clone
 * @d:	      what was found
 * @history:  what led to it
 * @boost_factor: the host's, at the start
 * @nr_bursts: done
 * @nr_ops:   in them
 * @nr_alloc: allocations among them
 * @nr_states: bursts after which the whole state was compared
 * @nr_cut:   bursts of which the end could not be compared, a claim having
 *	      looked at a pageblock that was not counted
 * @nr_given_up: bursts that came to nothing for want of time or room
 * @sizes:    requests of each burst
 * @pauses:   of each, us
 * @entries:  of lists, the most there were
 * @snap_ns:  time of all first snapshots
 * @snap_entries: entries in them
 * @sum:      what the clone did, all bursts
 * @now:      in the present one
 * @refused:  requests refused
 * @interrupted: a signal ended it
 */
struct exact {
	struct sbd_experiment *x;
	struct exact_args a;
	struct sbd_profile prof;
	struct cpumask cpus;
	struct sbd_burst b;
	struct sbd_system *sys;
	struct sbd_divergence d;
	struct sbd_history history;
	long boost_factor;
	u64 nr_bursts;
	u64 nr_ops;
	u64 nr_alloc;
	u64 nr_states;
	u64 nr_cut;
	u64 nr_given_up;
	u32 *sizes;
	u32 *pauses;
	u32 entries;
	u64 snap_ns;
	u64 snap_entries;
	struct sbd_totals sum;
	struct sbd_totals now;
	u64 refused;
	bool interrupted;
};

/* ---- what is asked for ------------------------------------------------------------ */

static int parse_orders(struct exact *e, struct sbd_error *err)
{
	struct sbd_burst_mix *mix = &e->b.mix;
	int end = 0;

	if (sscanf(e->a.orders, "%2u-%2u%n", &mix->order_min, &mix->order_max,
		   &end) == 2 && !e->a.orders[end]) {
		if (mix->order_min <= mix->order_max &&
		    mix->order_max <= SBD_MAX_ORDER)
			return 0;
		return sbd_error(err, -ERANGE, e->a.orders, "orders go from 0 to %d",
				 SBD_MAX_ORDER);
	}
	return sbd_error(err, -EINVAL, e->a.orders, "orders wants LOW-HIGH");
}

/* A mask of names with commas between; "all" is all of them. */
static int parse_mask(const char *text, const char * const *names, int nr,
		      unsigned int all, unsigned int *mask,
		      struct sbd_error *err)
{
	char *copy, *rest, *word;
	int i, ret = 0;

	*mask = all;
	if (!strcmp(text, "all"))
		return 0;
	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return sbd_error(err, -ENOMEM, "", "no memory");
	*mask = 0;
	for (rest = copy; !ret && (word = strsep(&rest, ","));) {
		for (i = 0; i < nr && strcasecmp(names[i], word); i++)
			;
		if (i < nr && all & BIT(i))
			*mask |= BIT(i);
		else
			ret = sbd_error(err, -EINVAL, word, "no such name here");
	}
	kfree(copy);
	return ret;
}

static unsigned int populated_types(const struct sbd_snap *s)
{
	unsigned int mask = BIT(SBD_ZONE_NORMAL);
	int i;

	for (i = 0; i < s->nr_zones; i++)
		mask |= BIT(s->zones[i].type);
	return mask;
}

static int parse_gfp(struct exact *e, struct sbd_error *err)
{
	if (!strcmp(e->a.gfp, "mix"))
		return 0;
	if (kstrtou32(e->a.gfp, 16, &e->b.mix.gfp))
		return sbd_error(err, -EINVAL, e->a.gfp,
				 "gfp is mix or hexadecimal");
	if (!e->b.mix.gfp || !sbd_burst_gfp_allowed(e->b.mix.gfp))
		return sbd_error(err, -EINVAL, e->a.gfp,
				 "not while all CPUs are stopped; allowed: 0x%x",
				 (__force u32)SBD_BURST_GFP);
	if ((e->b.mix.gfp & (__force u32)__GFP_MEMALLOC) && e->a.state != AIM_LOW)
		return sbd_error(err, -EINVAL, e->a.gfp,
				 "__GFP_MEMALLOC only with state=low");
	return 0;
}

static int parse_cpus(struct exact *e, struct sbd_error *err)
{
	int ret;

	cpumask_copy(&e->cpus, cpu_online_mask);
	if (!strcmp(e->a.cpus, "all"))
		return 0;
	ret = cpulist_parse(e->a.cpus, &e->cpus);
	if ((ret && ret != -ERANGE) || (!ret && cpumask_empty(&e->cpus)))
		return sbd_error(err, -EINVAL, e->a.cpus, "cpus is all or a list");
	if (ret || !cpumask_subset(&e->cpus, cpu_online_mask))
		return sbd_error(err, -ERANGE, e->a.cpus, "not all of them are online");
	return 0;
}

static int parse_profile(struct exact *e, struct sbd_error *err)
{
	if (!sbd_profile_parse(e->a.profile, &e->prof))
		return 0;
	return sbd_error(err, -EINVAL, e->a.profile, "one of %s",
			 sbd_profile_known());
}

static int parse(struct exact *e, char *args, struct sbd_error *err)
{
	e->a = (struct exact_args) {
		.ops = 4096,
		.bursts = 100,
		.free_ratio = 50,
		.pause_us = 2000,
		.verify = VERIFY_STATE,
		.seed = 1,
		.cpus = "all",
		.orders = "0-10",
		.types = "all",
		.zones = "all",
		.gfp = "mix",
		.profile = "auto",
	};
	return sbd_keys_parse(exact_keys, args, &e->a, err) ?:
	       parse_orders(e, err) ?: parse_gfp(e, err) ?:
	       parse_cpus(e, err) ?: parse_profile(e, err) ?:
	       parse_mask(e->a.types, sbd_type_names, SBD_PCPTYPES,
			  BIT(SBD_PCPTYPES) - 1, &e->b.mix.types, err);
}

/* ---- may this host be asked? ------------------------------------------------------- */

static bool says(const char *path, const char *word)
{
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	bool yes = text && !sbd_live_read(path, text, PAGE_SIZE) &&
		   strstr(text, word);

	kfree(text);
	return yes;
}

/* A switch of the command line; "key=", with what may be said of it behind. */
static bool switched_on(const char *key)
{
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL), *at = NULL;
	bool yes = false;

	if (text && !sbd_live_read("/proc/cmdline", text, PAGE_SIZE))
		at = strstr(text, key);
	if (at && kstrtobool(at + strlen(key), &yes))
		yes = false;
	kfree(text);
	return yes;
}

/* Fault injection answers at random. */
static bool fails_on_purpose(void)
{
	const char *dir = "/sys/kernel/debug/fail_page_alloc/";
	long probability = 0, times = 0;
	char path[64];

	snprintf(path, sizeof(path), "%sprobability", dir);
	if (sbd_live_number(path, &probability) || !probability)
		return false;
	snprintf(path, sizeof(path), "%stimes", dir);
	return !sbd_live_number(path, &times) && times;
}

/* What would make the host's answers depend on more than the state we read. */
static const char *unfit_host(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "PREEMPT_RT: the allocator's locks may be held while all CPUs are stopped";
	if (says("/sys/module/page_alloc/parameters/shuffle", "Y"))
		return "page_alloc.shuffle=1 places free blocks at random";
	if (says("/proc/cmdline", "debug_guardpage_minorder="))
		return "guard pages (debug_guardpage_minorder=) are not modelled";
	if (IS_ENABLED(CONFIG_PAGE_OWNER) && switched_on("page_owner="))
		return "page_owner=on allocates within allocations";
	if (fails_on_purpose())
		return "fail_page_alloc is armed";
#ifdef CONFIG_UNACCEPTED_MEMORY
	if (global_zone_page_state(NR_UNACCEPTED))
		return "the host has unaccepted memory";
#endif
	return NULL;
}

static int check_host(struct sbd_error *err)
{
	const char *why = unfit_host();

	return why ? sbd_error(err, -EOPNOTSUPP, "", "%s", why) : 0;
}

/* ---- making ready ------------------------------------------------------------------- */

/* A quarter of what can be spared, of all nodes. */
static unsigned long default_hold(void)
{
	unsigned long sum = 0;
	int nid;

	for_each_node_state(nid, N_MEMORY)
		sum += sbd_live_spare(nid);
	return clamp(sum / 4, 64UL, 1UL << 20);
}

static int create_burst(struct exact *e, struct sbd_error *err)
{
	struct sbd_burst *b = &e->b;
	int nid, ret;

	b->rng = e->a.seed;
	b->max_ops = e->a.ops;
	b->pause_ns = e->a.pause_us * 1000ULL;
	b->state = e->a.verify == VERIFY_STATE;
	b->hold_pages = e->a.hold ?: default_hold();
	b->mix.free_ratio = e->a.free_ratio;
	b->mix.low = e->a.state == AIM_LOW;
	if (b->mix.low && !e->a.hold)
		b->hold_pages = totalram_pages() / 2;
	for_each_node_state(nid, N_MEMORY)
		if (nid < SBD_MAX_NODES)
			b->mix.nodes |= BIT(nid);
	ret = sbd_burst_create(b);
	if (ret == -E2BIG)
		return sbd_error(err, ret, "", "more than %d nodes, or a zone too large",
				 SBD_MAX_NODES);
	if (ret)
		return sbd_error(err, ret, "", "no memory for the bursts");
	return parse_mask(e->a.zones, sbd_zone_names, SBD_ZONE_DEVICE,
			  populated_types(&b->before), &b->mix.zones, err);
}

static int create_clone(struct exact *e, struct sbd_error *err)
{
	int ret = sbd_clone_create(&e->b.before, &e->prof, CLONE_ID, &e->sys);

	if (ret == -EOPNOTSUPP)
		sbd_error(err, ret, "", "two zones of this host meet within 4 MiB");
	else if (ret)
		sbd_error(err, ret, "", "no memory for the clone");
	if (ret) {
		e->sys = NULL;
		return ret;
	}
	e->sys->tun.watermark_boost_factor = e->boost_factor;
#ifdef SBD_BREAK
	e->sys->broken = e->a.broken;
#endif
	return 0;
}

/* While a kernel tests itself there is no /proc yet, and nobody to write to it. */
static int read_boost_factor(long *value)
{
	if (system_state < SYSTEM_RUNNING) {
		struct sbd_tunables defaults;

		sbd_tunables_default(&defaults);
		*value = defaults.watermark_boost_factor;
		return 0;
	}
	return sbd_live_number(BOOST_FACTOR, value);
}

static int create(struct exact *e, struct sbd_error *err)
{
	int ret = read_boost_factor(&e->boost_factor);

	if (ret)
		return sbd_error(err, ret, BOOST_FACTOR, "cannot be read");
	e->sizes = vcalloc(e->a.bursts, sizeof(*e->sizes));
	e->pauses = vcalloc(e->a.bursts, sizeof(*e->pauses));
	if (!e->sizes || !e->pauses)
		return sbd_error(err, -ENOMEM, "", "no memory for the figures");
	return create_burst(e, err) ?: create_clone(e, err);
}

static void destroy(struct exact *e)
{
	sbd_burst_give_back(&e->b);
	if (e->sys)
		sbd_system_destroy(e->sys);
	sbd_burst_destroy(&e->b);
	vfree(e->sizes);
	vfree(e->pauses);
}

/* ---- one burst ---------------------------------------------------------------------- */

/*
 * What the burst gave back and had not got itself was held at its start.  A
 * frame's owner says for the moment that the burst got it.
 */
static void mark_held(struct exact *e)
{
	const struct sbd_live_op *op = e->b.ops;
	struct sbd_zone *z;
	u32 i;

	for (i = 0; i < e->b.nr_ops; i++, op++) {
		z = op->pfn == SBD_PFN_NONE ? NULL : sbd_zone_of(e->sys, op->pfn);
		if (!z)
			continue;
		if (op->free && !sbd_frame(z, op->pfn)->owner)
			sbd_clone_use(e->sys, op->pfn, op->order);
		sbd_frame(z, op->pfn)->owner = !op->free;
	}
}

/* The clone as the host was. */
static void load(struct exact *e)
{
	const struct sbd_burst *b = &e->b;
	u32 i;

	sbd_clone_load(e->sys, &b->before);
	for (i = 0; i < b->nr_counted; i++)
		sbd_clone_count(e->sys, &b->counted[i]);
	mark_held(e);
}

static u64 uncounted(const struct sbd_system *sys)
{
	struct sbd_zone *z;
	u64 sum = 0;
	int i;

	sbd_for_each_zone(sys, i, z)
		sum += z->uncounted;
	return sum;
}

/* Serve the clone what the host was served.  Return: its answer. */
static unsigned long serve(struct exact *e, const struct sbd_live_op *op)
{
	if (!op->free)
		return sbd_alloc_node(e->sys, e->b.cpu, op->nid,
				      (__force gfp_t)op->gfp, op->order);
	return sbd_free(e->sys, e->b.cpu, op->pfn, op->order) ? SBD_PFN_NONE :
								op->pfn;
}

/* Return: requests that were compared. */
static u32 compare_answers(struct exact *e)
{
	const struct sbd_live_op *op = e->b.ops;
	unsigned long shadow;
	u32 i;

	for (i = 0; i < e->b.nr_ops; i++, op++) {
		shadow = serve(e, op);
		if (uncounted(e->sys)) {
			e->nr_cut++;
			return i;
		}
		if (shadow == op->pfn)
			continue;
		e->d = (struct sbd_divergence) {
			.found = true,
			.op = i,
			.req = *op,
			.shadow = shadow,
		};
		return i;
	}
	return i;
}

static void compare_states(struct exact *e)
{
	struct sbd_diff diff;

	if (e->a.verify != VERIFY_STATE || e->b.after_err)
		return;
	e->nr_states++;
	if (!sbd_clone_differs(e->sys, &e->b.after, &diff))
		return;
	e->d.found = true;
	e->d.op = e->b.nr_ops;
	e->d.diff = diff;
}

static void add(u64 *to, const u64 *from, size_t n)
{
	while (n--)
		*to++ += *from++;
}

static void count(struct exact *e, u32 compared)
{
	u32 i, nr = e->nr_bursts - 1;

	e->nr_ops += compared;
	e->sizes[nr] = compared;
	e->pauses[nr] = div_u64(e->b.pause, 1000);
	e->entries = max(e->entries, e->b.before.len);
	e->snap_ns += e->b.before.ns;
	e->snap_entries += e->b.before.len;
	for (i = 0; i < compared; i++) {
		e->nr_alloc += !e->b.ops[i].free;
		e->refused += e->b.ops[i].pfn == SBD_PFN_NONE;
	}
	sbd_totals(e->sys, &e->now);
	add(e->sum.event, e->now.event, SBD_NR_EVENTS);
	e->sum.pcp_hits += e->now.pcp_hits;
	e->sum.refills += e->now.refills;
	e->sum.drains += e->now.drains;
}

static void compare(struct exact *e)
{
	u32 compared;

	load(e);
	compared = compare_answers(e);
	if (compared == e->b.nr_ops)
		compare_states(e);
	count(e, compared);
	if (!e->d.found)
		return;
	e->d.burst = e->nr_bursts;
	e->d.nr_ops = e->b.nr_ops;
	e->d.cpu = e->b.cpu;
	sbd_divergence_trace(&e->d, e->sys);
}

/* The next CPU in turn; one that went offline meanwhile is left out. */
static int next_cpu(struct exact *e)
{
	int cpu = e->nr_bursts ? e->b.cpu : nr_cpu_ids - 1;
	unsigned int i;

	for (i = 0; i < cpumask_weight(&e->cpus); i++) {
		cpu = cpumask_next(cpu, &e->cpus);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(&e->cpus);
		if (cpu_online(cpu))
			break;
	}
	return cpu;
}

static int refuse_burst(struct exact *e, int ret, struct sbd_error *err)
{
	switch (ret) {
	case -ENOSPC:
		return sbd_error(err, ret, "", "the free lists grow faster than the room for them");
	case -ETIME:
		return sbd_error(err, ret, "pause_us",
				 "too short to read the state: %u list entries",
				 sbd_snap_estimate(&e->b.before));
	case -EUCLEAN:
		return sbd_error(err, ret, "", "the running kernel's %s are not as its headers say",
				 e->b.before.wrong ?: "lists");
	case -EAGAIN:
		return sbd_error(err, ret, "", "memory was added or removed meanwhile");
	case -ENOMEM:
		return sbd_error(err, ret, "", "no memory for the lists");
	case -ENODEV:
		return sbd_error(err, ret, "cpus", "one of them went offline");
	default:
		return sbd_error(err, ret, "", "the CPUs could not be stopped");
	}
}

static int one_burst(struct exact *e, struct sbd_error *err)
{
	int tries, ret;

	for (tries = 0; tries < TRIES; tries++) {
		ret = sbd_burst_run(&e->b, next_cpu(e));
		if (ret != -ENOSPC && ret != -ETIME && ret != -ENODEV)
			break;
		e->nr_given_up++;
		if (signal_pending(current))
			return -EINTR;
	}
	if (ret)
		return refuse_burst(e, ret, err);
	e->nr_bursts++;
	compare(e);
	return 0;
}

static int run_bursts(struct exact *e, struct sbd_error *err)
{
	int ret = 0;

	if (e->x)
		atomic64_set(&e->x->total, e->a.bursts);
	while (!ret && e->nr_bursts < e->a.bursts && !e->d.found) {
		ret = one_burst(e, err);
		if (e->x)
			atomic64_set(&e->x->done, e->nr_bursts);
		if (!ret && signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	e->interrupted = ret == -EINTR;
	return ret;
}

/* ---- what came out -------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void print_spread(const char *key, u32 *v, u64 n, struct sbd_text *out)
{
	if (!n)
		return;
	sort(v, n, sizeof(*v), by_size, NULL);
	sbd_text_printf(out, "%s: min %u median %u p99 %u max %u\n", key, v[0],
			v[n / 2], v[n - 1 - n / 100], v[n - 1]);
}

static void print_asked(const struct exact *e, struct sbd_text *out)
{
	sbd_text_printf(out, "running: %s\n", init_utsname()->release);
	sbd_text_printf(out, "modelled: %u.%u.%u\n", e->prof.major,
			e->prof.minor, e->prof.sublevel);
	sbd_text_printf(out, "cpus: %*pbl of %u\n", cpumask_pr_args(&e->cpus),
			num_online_cpus());
	sbd_text_printf(out, "nodes: %u\n", num_online_nodes());
	sbd_text_printf(out, "orders: %s\n", e->a.orders);
	sbd_text_printf(out, "types: %s\nzones: %s\ngfp: %s\n", e->a.types,
			e->a.zones, e->a.gfp);
	sbd_text_printf(out, "ops: %u\nfree_ratio: %u\n", e->a.ops,
			e->a.free_ratio);
	sbd_text_printf(out, "state: %s\n", aim_names[e->a.state]);
	sbd_text_printf(out, "verify: %s\n", verify_names[e->a.verify]);
	sbd_text_printf(out, "seed: %llu\n", e->a.seed);
	sbd_text_printf(out, "hold: %lu\n", e->b.hold_pages);
	sbd_text_printf(out, "pause_us: %u\n", e->a.pause_us);
}

static void print_kinds(const struct exact *e, struct sbd_text *out)
{
	const u64 *ev = e->sum.event;

	sbd_text_printf(out, "allocations: %llu\n", e->nr_alloc);
	sbd_text_printf(out, "frees: %llu\n", e->nr_ops - e->nr_alloc);
	sbd_text_printf(out, "per_cpu: %llu\n", e->sum.pcp_hits);
	sbd_text_printf(out, "direct: %llu\n", ev[SBD_EV_DIRECT_ALLOC]);
	sbd_text_printf(out, "claims: %llu\n", ev[SBD_EV_CLAIM]);
	sbd_text_printf(out, "steals: %llu\n", ev[SBD_EV_STEAL]);
	sbd_text_printf(out, "claims_refused: %llu\n", ev[SBD_EV_CLAIM_REFUSED]);
	sbd_text_printf(out, "from_highatomic: %llu\n", ev[SBD_EV_HIGHATOMIC]);
	sbd_text_printf(out, "reserves: %llu\n", ev[SBD_EV_RESERVE]);
	sbd_text_printf(out, "from_cma: %llu\n", ev[SBD_EV_CMA]);
	sbd_text_printf(out, "boosts: %llu\n", ev[SBD_EV_BOOST]);
	sbd_text_printf(out, "refills: %llu\n", e->sum.refills);
	sbd_text_printf(out, "drains: %llu\n", e->sum.drains);
	sbd_text_printf(out, "refused: %llu\n", e->refused);
}

static void print_settings(const struct exact *e, struct sbd_text *out)
{
	long now = -1;

	read_boost_factor(&now);
	sbd_text_printf(out, "watermark_boost_factor: %ld%s\n", e->boost_factor,
			now == e->boost_factor ? "" : " (changed meanwhile)");
}

static void print(struct exact *e, struct sbd_text *out)
{
	print_asked(e, out);
	print_settings(e, out);
	sbd_text_printf(out, "bursts: %llu\n", e->nr_bursts);
	sbd_text_printf(out, "operations: %llu\n", e->nr_ops);
	print_spread("operations_a_burst", e->sizes, e->nr_bursts, out);
	print_kinds(e, out);
	sbd_text_printf(out, "states_compared: %llu\n", e->nr_states);
	sbd_text_printf(out, "bursts_cut: %llu\n", e->nr_cut);
	sbd_text_printf(out, "bursts_given_up: %llu\n", e->nr_given_up);
	print_spread("pause_measured_us", e->pauses, e->nr_bursts, out);
	sbd_text_printf(out, "list_entries_max: %u\n", e->entries);
	sbd_text_printf(out, "ns_an_entry: %llu\n",
			div64_u64(e->snap_ns, max(e->snap_entries, 1ULL)));
	sbd_text_printf(out, "interrupted: %s\n", e->interrupted ? "yes" : "no");
	sbd_text_printf(out, "divergences: %d\n", e->d.found);
}

/* Bring the clone back to just before the request that went wrong. */
static void explain(struct exact *e, struct sbd_text *out)
{
	u32 i;

	load(e);
	sbd_history_begin(&e->history, e->sys, &e->d);
	for (i = 0; i < e->d.op; i++) {
		serve(e, &e->b.ops[i]);
		sbd_history_note(&e->history, i, &e->b.ops[i]);
	}
	sbd_divergence_explain(&e->d, e->sys, &e->history, out);
}

static int run(struct exact *e, struct sbd_text *out, struct sbd_error *err)
{
	int ret = create(e, err) ?: run_bursts(e, err);

	if (!ret || ret == -EINTR) {
		print(e, out);
		if (e->d.found)
			explain(e, out);
	}
	destroy(e);
	return ret;
}

/**
 * sbd_exact_run() - compare host and clone, for suites and for the file
 * @x:	  whose progress is told; may be NULL
 * @args: as written to exact/run; changed
 * @out:  the result is appended
 * @err:  filled on error
 *
 * Context: process, may sleep; a signal ends it.
 * Return: as sbd_experiment.start(); 0 also if they differ, the result says so.
 */
int sbd_exact_run(struct sbd_experiment *x, char *args, struct sbd_text *out,
		  struct sbd_error *err)
{
	struct exact *e = vzalloc(sizeof(*e));
	int ret;

	if (!e)
		return sbd_error(err, -ENOMEM, "", "no memory");
	e->x = x;
	ret = parse(e, args, err) ?: check_host(err) ?: run(e, out, err);
	vfree(e);
	return ret;
}

struct sbd_experiment sbd_exact = {
	.name = "exact",
	.start = sbd_exact_run,
};
