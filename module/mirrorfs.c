// SPDX-License-Identifier: GPL-2.0
/*
 * The files that look at the host.
 *
 *	live/enable reset		0, or 1 and keys; write 1
 *	live/rates lists fallbacks	what its allocator did
 *	live/latency locks		how long that took
 *	live/map			its pageblocks
 *	live/nodes			its order of nodes, its lowmem reserves; the model's
 *	mirror/enable resnap		0, or 1 and keys; write 1
 *	mirror/result series		how far the mirrors are from the host
 *	mirror/instances/add remove	what if
 *	mirror/instances/NAME/tunables
 *	mirror/recording replay		to be read, to be written; files of their own kind
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "errlog.h"
#include "files.h"
#include "follow.h"
#include "hostmap.h"
#include "latency.h"
#include "listen.h"
#include "livenodes.h"
#include "mirrorfs.h"
#include "rates.h"
#include "recording.h"
#include "shadow.h"
#include "text.h"

static struct sbd_shadow *shadow;

/* ---- live/ ----------------------------------------------------------------- */

static void show_map(struct sbd_text *t, const void *arg)
{
	sbd_hostmap_show(t);
}

static void show_nodes(struct sbd_text *t, const void *arg)
{
	sbd_livenodes_show(t);
}

static void show_live(struct sbd_text *t, const void *arg)
{
	sbd_listen_show_enable(t);
}

static int write_live(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_listen_enable(text, shadow->sys, err);
}

static int write_live_reset(char *text, const void *arg, struct sbd_error *err)
{
	int e = sbd_files_check_one(strim(text), err);

	if (!e)
		sbd_listen_reset(shadow->sys);
	return e;
}

static const enum sbd_listen_table rates = SBD_LISTEN_RATES, lists = SBD_LISTEN_LISTS,
				   fallbacks = SBD_LISTEN_FALLBACKS;

static void show_table(struct sbd_text *t, const void *arg)
{
	sbd_listen_show(t, *(const enum sbd_listen_table *)arg);
}

static void show_latency(struct sbd_text *t, const void *arg)
{
	sbd_latency_show(t);
}

static void show_locks(struct sbd_text *t, const void *arg)
{
	sbd_rates_show_locks(t, shadow->sys);
}

static const struct sbd_file live_files[] = {
	{ "live/map", show_map },
	{ "live/nodes", show_nodes },
	{ "live/enable", show_live, write_live },
	{ "live/reset", NULL, write_live_reset },
	{ "live/rates", show_table, NULL, &rates },
	{ "live/lists", show_table, NULL, &lists },
	{ "live/fallbacks", show_table, NULL, &fallbacks },
	{ "live/latency", show_latency },
	{ "live/locks", show_locks },
};

/* ---- mirror/ --------------------------------------------------------------- */

static void show_mirror(struct sbd_text *t, const void *arg)
{
	sbd_follow_show_enable(t);
}

static int write_mirror(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_follow_enable(text, err);
}

static int write_resnap(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_files_check_one(strim(text), err) ?: sbd_follow_resnap(err);
}

static void show_mirror_result(struct sbd_text *t, const void *arg)
{
	sbd_follow_result(t);
}

static void show_series(struct sbd_text *t, const void *arg)
{
	sbd_follow_series(t);
}

static const struct sbd_file mirror_files[] = {
	{ "mirror/enable", show_mirror, write_mirror },
	{ "mirror/resnap", NULL, write_resnap },
	{ "mirror/result", show_mirror_result },
	{ "mirror/series", show_series },
};

/* ---- mirror/instances/ ------------------------------------------------------- */

static struct dentry *instances;
static struct dentry *instance_dir[SBD_FOLLOW_WHATIFS];
static DEFINE_MUTEX(instances_lock);	/* the folders are those of the instances */

static const int slots[SBD_FOLLOW_WHATIFS] = { 0, 1, 2, 3 };

static void show_instance(struct sbd_text *t, const void *arg)
{
	sbd_follow_show_tunables(*(const int *)arg, t);
}

static int write_instance(char *text, const void *arg, struct sbd_error *err)
{
	return sbd_follow_tune(*(const int *)arg, text, err);
}

#define SLOT(n)	{ "mirror/instances/tunables", show_instance, write_instance, &slots[n] }

static const struct sbd_file slot_files[SBD_FOLLOW_WHATIFS] = {
	SLOT(0), SLOT(1), SLOT(2), SLOT(3),
};

static int write_add(char *text, const void *arg, struct sbd_error *err)
{
	char name[SBD_WHATIF_NAME];
	int slot;

	mutex_lock(&instances_lock);
	slot = sbd_follow_add(text, err);
	if (slot >= 0 && sbd_follow_name(slot, name)) {
		instance_dir[slot] = sbd_files_folder(name, instances);
		sbd_files_create(instance_dir[slot], &slot_files[slot], 1);
	}
	mutex_unlock(&instances_lock);
	return min(slot, 0);
}

static int write_remove(char *text, const void *arg, struct sbd_error *err)
{
	int slot;

	mutex_lock(&instances_lock);
	slot = sbd_follow_remove(strim(text), err);
	if (slot >= 0)
		debugfs_remove(instance_dir[slot]);
	mutex_unlock(&instances_lock);
	return min(slot, 0);
}

static const struct sbd_file instance_files[] = {
	{ "mirror/instances/add", NULL, write_add },
	{ "mirror/instances/remove", NULL, write_remove },
};

/* ---- recordings ------------------------------------------------------------ */

static ssize_t recording_read(struct file *file, char __user *to, size_t len,
			      loff_t *pos)
{
	return sbd_follow_recording(to, len, pos);
}

static const struct file_operations recording_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = recording_read,
	.llseek = default_llseek,
};

#define MOST_AT_ONCE	SZ_1M	/* bytes of a recording in one write */

static int upload_open(struct inode *inode, struct file *file)
{
	struct sbd_upload *u = kzalloc(sizeof(*u), GFP_KERNEL);

	file->private_data = u;
	return u ? 0 : -ENOMEM;
}

/* The write that makes it whole waits for the replay, and says how that ended. */
static ssize_t upload_write(struct file *file, const char __user *from, size_t len,
			    loff_t *pos)
{
	struct sbd_upload *u = file->private_data;
	struct sbd_error err = { };
	void *bytes;
	int e;

	if (!len)
		return 0;
	len = min_t(size_t, len, MOST_AT_ONCE);
	bytes = vmemdup_user(from, len);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	e = sbd_upload_add(u, bytes, len, &err);
	kvfree(bytes);
	if (!e && u->buf && u->len == u->size)
		e = sbd_follow_replay(u->buf, u->size, &err);
	if (e && e != -EINTR)
		sbd_errlog_add("mirror/replay", "", 0, &err, e);
	if (e)
		return e;
	*pos += len;
	return len;
}

static int upload_release(struct inode *inode, struct file *file)
{
	sbd_upload_free(file->private_data);
	kfree(file->private_data);
	return 0;
}

static const struct file_operations upload_fops = {
	.owner = THIS_MODULE,
	.open = upload_open,
	.write = upload_write,
	.release = upload_release,
	.llseek = noop_llseek,
};

/**
 * sbd_mirrorfs_init() - make the folders live and mirror
 * @root: where; they go with it
 * @s:	  the shadow, which stays as long
 *
 * Context: process.
 */
void sbd_mirrorfs_init(struct dentry *root, struct sbd_shadow *s)
{
	struct dentry *dir;

	shadow = s;
	sbd_files_create(sbd_files_folder("live", root), live_files, ARRAY_SIZE(live_files));
	dir = sbd_files_folder("mirror", root);
	sbd_files_create(dir, mirror_files, ARRAY_SIZE(mirror_files));
	debugfs_create_file("recording", 0400, dir, NULL, &recording_fops);
	debugfs_create_file("replay", 0200, dir, NULL, &upload_fops);
	instances = sbd_files_folder("instances", dir);
	sbd_files_create(instances, instance_files, ARRAY_SIZE(instance_files));
}
