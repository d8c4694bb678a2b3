// SPDX-License-Identifier: GPL-2.0
/*
 * The files under /sys/kernel/debug/shadowbuddy.
 *
 *	version arena			what is loaded, on what memory
 *	buddyinfo pagetypeinfo zoneinfo vmstat
 *	extfrag_index unusable_index	the shadow, as the kernel prints itself
 *	pageblocks map			its pageblocks
 *	nodes				its nodes, their distances and zonelists
 *	tunables/NAME			as /proc/sys/vm/NAME
 *	drain compact reset		write 1
 *	bench/ exact/ replay/		run, progress, result (replay: script)
 *	error_log			why writes were refused
 *
 * and those of mirrorfs.c; module/ABI describes each.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>

#include "alloc.h"
#include "bench.h"
#include "debugfs.h"
#include "errlog.h"
#include "exact.h"
#include "files.h"
#include "format.h"
#include "kcompactd.h"
#include "mirrorfs.h"
#include "profile.h"
#include "replay.h"
#include "shadow.h"
#include "text.h"
#include "tunable.h"
#include "zonelist.h"

static struct sbd_shadow *shadow;
static struct dentry *root;

/* ---- what the files say -------------------------------------------------- */

static void show_version(struct sbd_text *t, const void *arg)
{
	sbd_text_printf(t, "module: %s\n", SBD_VERSION);
	sbd_text_printf(t, "built_for: %s\n", UTS_RELEASE);
	sbd_text_printf(t, "running: %s\n", init_utsname()->release);
	sbd_text_printf(t, "profile: %u.%u.%u\n", shadow->sys->prof->major,
			shadow->sys->prof->minor, shadow->sys->prof->sublevel);
	sbd_text_printf(t, "pageblock_order: %u\n", shadow->sys->geo.block_order);
	sbd_text_printf(t, "mobility_grouping: %s\n",
			shadow->sys->grouped ? "on" : "off");
}

static void show_arena(struct sbd_text *t, const void *arg)
{
	const struct sbd_arena *a = &shadow->arena;
	struct sbd_system *sys = shadow->sys;
	struct sbd_zone *z;
	int i;

	sbd_text_printf(t, "backend: %s\n", sbd_backend_names[a->backend]);
	sbd_text_printf(t, "base_pfn: 0x%lx\npages: %lu\nbytes: %lu\n",
			a->base_pfn, a->pages, a->pages << PAGE_SHIFT);
	sbd_text_printf(t, "from_cma: %s\n",
			a->backend == SBD_BACKEND_CMA ? "yes" : "no");
	sbd_text_printf(t, "free_cma_taken: %ld\n", a->cma_pages);
	sbd_text_printf(t, "metadata_bytes: %zu\n", sys->meta_bytes);
	sbd_text_printf(t, "metadata_per_frame: %zu.%02zu\n",
			sys->meta_bytes / a->pages,
			sys->meta_bytes * 100 / a->pages % 100);
	sbd_for_each_zone(sys, i, z) {
		sbd_text_printf(t, "zone: node %d %s pfn 0x%lx pages %lu cma %lu",
				z->nid, sbd_zone_names[z->idx], z->start_pfn,
				z->spanned, z->cma_pages);
		if (z->present < z->spanned)
			sbd_text_printf(t, " hole %lu", z->spanned - z->present);
		sbd_text_printf(t, "\n");
	}
}

/* Files that print the system: the function is the argument. */
typedef void (*format_fn)(struct sbd_text *t, struct sbd_system *sys);

struct formatted {
	format_fn fn;
};

static void show_formatted(struct sbd_text *t, const void *arg)
{
	((const struct formatted *)arg)->fn(t, shadow->sys);
}

static void show_errors(struct sbd_text *t, const void *arg)
{
	sbd_errlog_show(t);
}

/* ---- triggers ------------------------------------------------------------ */

static int write_drain(char *text, const void *arg, struct sbd_error *err)
{
	int e = sbd_files_check_one(strim(text), err);

	if (e)
		return e;
	if (sbd_shadow_claim(shadow))
		return sbd_error(err, -EBUSY, "", "the shadow is in use by a run");
	sbd_drain_all(shadow->sys);
	sbd_shadow_unclaim(shadow);
	return 0;
}

static int write_reset(char *text, const void *arg, struct sbd_error *err)
{
	int e = sbd_files_check_one(strim(text), err);

	if (e)
		return e;
	if (sbd_shadow_claim(shadow))
		return sbd_error(err, -EBUSY, "", "the shadow is in use by a run");
	sbd_shadow_reset(shadow);
	sbd_shadow_unclaim(shadow);
	return 0;
}

/* What is owned, by a run that was to keep it, moves together. */
static int write_compact(char *text, const void *arg, struct sbd_error *err)
{
	int e = sbd_files_check_one(strim(text), err), nid;

	if (e)
		return e;
	if (sbd_shadow_claim(shadow))
		return sbd_error(err, -EBUSY, "", "the shadow is in use by a run");
	for (nid = 0; nid < shadow->sys->nr_nodes; nid++)
		sbd_compact_node(shadow->sys, 0, nid);
	sbd_shadow_unclaim(shadow);
	return 0;
}

/* ---- tunables ------------------------------------------------------------ */

static void show_tunable(struct sbd_text *t, const void *arg)
{
	sbd_text_printf(t, "%d\n", *sbd_tunable_of(&shadow->sys->tun, arg));
}

static int write_tunable(char *text, const void *arg, struct sbd_error *err)
{
	const struct sbd_tunable *f = arg;
	struct sbd_tunables tun;

	return sbd_tunable_parse(f, strim(text), &tun, err) ?:
	       sbd_tune_one(shadow->sys, f->offset, *sbd_tunable_of(&tun, f));
}

/* The zone types that the kernel knows, low to high: one ratio each. */
static void show_ratios(struct sbd_text *t, const void *arg)
{
	const char *sep = "";
	int i;

	for (i = 0; i < SBD_NR_ZONES; i++) {
		if (!(shadow->sys->geo.zones & BIT(i)))
			continue;
		sbd_text_printf(t, "%s%d", sep,
				shadow->sys->tun.lowmem_reserve_ratio[i]);
		sep = "\t";
	}
	sbd_text_printf(t, "\n");
}

/* As /proc/sys/vm does: fewer numbers than zones change the first ones. */
static int write_ratios(char *text, const void *arg, struct sbd_error *err)
{
	int ratio[SBD_NR_ZONES], i = 0, v;
	unsigned int types = 0;
	char *word;

	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		while (i < SBD_NR_ZONES && !(shadow->sys->geo.zones & BIT(i)))
			i++;
		if (kstrtoint(word, 0, &v))
			return sbd_error(err, -EINVAL, word, "not a number");
		if (i == SBD_NR_ZONES)
			return sbd_error(err, -EINVAL, word,
					 "more numbers than zones");
		types |= BIT(i);
		ratio[i++] = max(v, 0);
	}
	if (!types)
		return sbd_error(err, -EINVAL, "", "a number a zone");
	return sbd_tune_ratios(shadow->sys, ratio, types);
}

static void show_vm_tunable(struct sbd_text *t, const void *arg)
{
	sbd_text_printf(t, "%d\n", sbd_vm_tunable_get(&shadow->sys->vm, arg));
}

static int write_vm_tunable(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_vm_tunable_set(&shadow->sys->vm, arg, strim(text), err);
}

static void show_order(struct sbd_text *t, const void *arg)
{
	int order = READ_ONCE(shadow->sys->vm.numa_zonelist_order);

	sbd_text_printf(t, "%s\n", sbd_zonelist_orders[order]);
}

/* Zonelists are built anew, so nobody may be walking them. */
static int write_order(char *text, const void *arg, struct sbd_error *err)
{
	int order = match_string(sbd_zonelist_orders, -1, strim(text));

	if (order < 0)
		return sbd_error(err, -EINVAL, strim(text), "node or zone");
	if (sbd_shadow_claim(shadow))
		return sbd_error(err, -EBUSY, "", "the shadow is in use by a run");
	WRITE_ONCE(shadow->sys->vm.numa_zonelist_order, order);
	sbd_zonelist_build(shadow->sys);
	sbd_shadow_unclaim(shadow);
	return 0;
}

/* ---- experiments --------------------------------------------------------- */

static void show_progress(struct sbd_text *t, const void *arg)
{
	const struct sbd_experiment *x = arg;

	sbd_text_printf(t, "%lld %lld\n", (s64)atomic64_read(&x->done),
			(s64)atomic64_read(&x->total));
}

static void show_result(struct sbd_text *t, const void *arg)
{
	struct sbd_experiment *x = (struct sbd_experiment *)arg;

	mutex_lock(&x->lock);
	if (x->result.len)
		sbd_text_printf(t, "%s", x->result.buf);
	mutex_unlock(&x->lock);
}

static int write_run(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_experiment_run((struct sbd_experiment *)arg, text, err);
}

/* ---- the script ---------------------------------------------------------- */

/**
 * struct draft - a script that is being written
 * @lock: several threads may write to one open file, or read it
 * @text: so far
 * @old:  the script that it replaces, put back if a line is refused
 * @bad:  a line was
 * @kept: the lines so far are installed
 */
struct draft {
	struct mutex lock;	/* protects all of it */
	struct sbd_text text;
	struct sbd_text old;
	bool bad;
	bool kept;
};

/*
 * Opening for writing begins a new script.  After each write that ends with a
 * line it is checked as a whole, so that the writer learns of a bad line, and
 * replaces the old one; after a bad line the old one is back.
 */
static int script_open(struct inode *inode, struct file *file)
{
	struct draft *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err = 0;

	if (!d)
		return -ENOMEM;
	if (file->f_mode & FMODE_WRITE)
		err = sbd_replay_get_script(&d->old);
	else
		err = sbd_replay_get_script(&d->text);
	if (err) {
		kfree(d);
		return err;
	}
	mutex_init(&d->lock);
	file->private_data = d;
	return 0;
}

static int draft_try(struct draft *d, struct sbd_error *err)
{
	int e = sbd_replay_set_script(d->text.buf, d->text.len, err);

	d->kept = !e;
	if (!e)
		return 0;
	d->bad = true;
	if (!d->old.len || sbd_replay_put_back(d->old.buf, d->old.len))
		sbd_replay_free_script();
	return e;
}

static int draft_append(struct draft *d, const char *text, size_t len,
			struct sbd_error *err)
{
	size_t done, part;

	if (!sbd_files_is_text(text, len))
		return sbd_error(err, -EINVAL, "", "not a text");
	if (d->text.len + len > SBD_REPLAY_MAX_BYTES)
		return sbd_error(err, -EINVAL, "", "longer than %lu bytes",
				 SBD_REPLAY_MAX_BYTES);
	/* a precision has 16 bits */
	for (done = 0; done < len; done += part) {
		part = min_t(size_t, len - done, S16_MAX);
		sbd_text_printf(&d->text, "%.*s", (int)part, text + done);
	}
	if (d->text.error)
		return sbd_error(err, -ENOMEM, "", "no memory for the script");
	d->kept = false;
	return text[len - 1] == '\n' ? draft_try(d, err) : 0;
}

/* After a bad line nothing more is taken, and nothing more logged. */
static int draft_write(struct draft *d, const char *text, size_t len)
{
	struct sbd_error err = { };
	int e;

	if (d->bad)
		return -EINVAL;
	e = draft_append(d, text, len, &err);
	if (e) {
		d->bad = true;
		sbd_errlog_add("replay/script", text, len, &err, e);
	}
	return e;
}

static ssize_t script_write(struct file *file, const char __user *from,
			    size_t len, loff_t *pos)
{
	struct draft *d = file->private_data;
	char *text;
	int e;

	if (!len)
		return 0;
	len = min_t(size_t, len, SBD_REPLAY_MAX_BYTES + 1);
	text = vmemdup_user(from, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&d->lock);
	e = draft_write(d, text, len);
	mutex_unlock(&d->lock);
	kvfree(text);
	if (e)
		return e;
	*pos += len;
	return len;
}

static ssize_t script_read(struct file *file, char __user *to, size_t len,
			   loff_t *pos)
{
	struct draft *d = file->private_data;
	ssize_t n;

	mutex_lock(&d->lock);
	n = simple_read_from_buffer(to, len, pos, d->text.buf, d->text.len);
	mutex_unlock(&d->lock);
	return n;
}

/* A last line without its newline is tried now; nobody waits for an answer. */
static int script_release(struct inode *inode, struct file *file)
{
	struct draft *d = file->private_data;
	struct sbd_error err = { };
	int e;

	if ((file->f_mode & FMODE_WRITE) && !d->bad && !d->kept && d->text.len) {
		e = draft_try(d, &err);
		if (e)
			sbd_errlog_add("replay/script", d->text.buf,
				       d->text.len, &err, e);
	}
	sbd_text_free(&d->text);
	sbd_text_free(&d->old);
	mutex_destroy(&d->lock);
	kfree(d);
	return 0;
}

static const struct file_operations script_fops = {
	.owner = THIS_MODULE,
	.open = script_open,
	.read = script_read,
	.write = script_write,
	.release = script_release,
	.llseek = default_llseek,
};

/* ---- the tree ------------------------------------------------------------ */

#define SHOWS(fn) .show = show_formatted, .arg = &(const struct formatted) { fn }

static const struct sbd_file files[] = {
	{ "version", show_version },
	{ "arena", show_arena },
	{ "buddyinfo", SHOWS(sbd_format_buddyinfo) },
	{ "pagetypeinfo", SHOWS(sbd_format_pagetypeinfo) },
	{ "zoneinfo", SHOWS(sbd_format_zoneinfo) },
	{ "vmstat", SHOWS(sbd_format_vmstat) },
	{ "extfrag_index", SHOWS(sbd_format_extfrag) },
	{ "unusable_index", SHOWS(sbd_format_unusable) },
	{ "pageblocks", SHOWS(sbd_format_pageblocks) },
	{ "map", SHOWS(sbd_format_map) },
	{ "nodes", SHOWS(sbd_format_nodes) },
	{ "drain", NULL, write_drain },
	{ "compact", NULL, write_compact },
	{ "reset", NULL, write_reset },
	{ "error_log", show_errors },
};

#define VM_TUNABLE(name, id) \
	{ "tunables/" name, show_vm_tunable, write_vm_tunable, &sbd_vm_tunable[id] }

static const struct sbd_file tunables[] = {
	{ "tunables/min_free_kbytes", show_tunable, write_tunable,
	  &sbd_tunable[SBD_TUN_MIN_FREE] },
	{ "tunables/watermark_scale_factor", show_tunable, write_tunable,
	  &sbd_tunable[SBD_TUN_SCALE] },
	{ "tunables/watermark_boost_factor", show_tunable, write_tunable,
	  &sbd_tunable[SBD_TUN_BOOST] },
	{ "tunables/percpu_pagelist_high_fraction", show_tunable, write_tunable,
	  &sbd_tunable[SBD_TUN_PCP_FRACTION] },
	{ "tunables/stat_interval", show_tunable, write_tunable,
	  &sbd_tunable[SBD_TUN_STAT_INTERVAL] },
	{ "tunables/lowmem_reserve_ratio", show_ratios, write_ratios },
	{ "tunables/numa_zonelist_order", show_order, write_order },
	VM_TUNABLE("swappiness", SBD_VM_TUN_SWAPPINESS),
	VM_TUNABLE("dirty_ratio", SBD_VM_TUN_DIRTY),
	VM_TUNABLE("dirty_background_ratio", SBD_VM_TUN_DIRTY_BACKGROUND),
	VM_TUNABLE("zone_reclaim_mode", SBD_VM_TUN_ZONE_RECLAIM),
	VM_TUNABLE("min_unmapped_ratio", SBD_VM_TUN_MIN_UNMAPPED),
	VM_TUNABLE("min_slab_ratio", SBD_VM_TUN_MIN_SLAB),
	VM_TUNABLE("compaction_proactiveness", SBD_VM_TUN_PROACTIVENESS),
	VM_TUNABLE("extfrag_threshold", SBD_VM_TUN_EXTFRAG),
	VM_TUNABLE("swap_mb", SBD_VM_TUN_SWAP_MB),
	VM_TUNABLE("writeback_ms", SBD_VM_TUN_WRITEBACK_MS),
};

static const struct sbd_file bench_files[] = {
	{ "bench/run", NULL, write_run, &sbd_bench },
	{ "bench/progress", show_progress, NULL, &sbd_bench },
	{ "bench/result", show_result, NULL, &sbd_bench },
};

static const struct sbd_file exact_files[] = {
	{ "exact/run", NULL, write_run, &sbd_exact },
	{ "exact/progress", show_progress, NULL, &sbd_exact },
	{ "exact/result", show_result, NULL, &sbd_exact },
};

static const struct sbd_file replay_files[] = {
	{ "replay/run", NULL, write_run, &sbd_replay },
	{ "replay/progress", show_progress, NULL, &sbd_replay },
	{ "replay/result", show_result, NULL, &sbd_replay },
};

/**
 * sbd_debugfs_init() - make all files
 * @s: what they show; stays until sbd_debugfs_exit()
 *
 * Context: process.  Return: 0 or a negative errno.
 */
int sbd_debugfs_init(struct sbd_shadow *s)
{
	struct dentry *dir;

	shadow = s;
	root = sbd_files_folder("shadowbuddy", NULL);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sbd_files_create(root, files, ARRAY_SIZE(files));
	sbd_files_create(sbd_files_folder("tunables", root), tunables, ARRAY_SIZE(tunables));
	sbd_files_create(sbd_files_folder("bench", root), bench_files, ARRAY_SIZE(bench_files));
	sbd_files_create(sbd_files_folder("exact", root), exact_files, ARRAY_SIZE(exact_files));
	dir = sbd_files_folder("replay", root);
	sbd_files_create(dir, replay_files, ARRAY_SIZE(replay_files));
	debugfs_create_file("script", 0600, dir, NULL, &script_fops);
	sbd_mirrorfs_init(root, s);
	return 0;
}

/**
 * sbd_debugfs_exit() - remove all files
 *
 * Context: process; no file is open, or the module would not be unloading.
 */
void sbd_debugfs_exit(void)
{
	debugfs_remove(root);
}
