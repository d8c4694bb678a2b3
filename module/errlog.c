// SPDX-License-Identifier: GPL-2.0
/*
 * Why a write was refused: the last few reasons.
 *
 * A write to one of our files can only answer with an errno; the words are
 * kept here, for the file error_log.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "errlog.h"

#define SBD_ERRLOG_KEPT	16

/**
 * struct refusal - one write that was refused
 * @time: boot time of it, as dmesg shows, ns
 * @err:  negative errno
 * @file: path below our directory
 * @why:  what was wrong, and with which word
 * @len:  bytes that were written
 * @text: the first of them
 */
struct refusal {
	u64 time;
	int err;
	char file[48];
	struct sbd_error why;
	size_t len;
	char text[128];
};

static DEFINE_MUTEX(log_lock);	/* protects the two below */
static struct refusal kept[SBD_ERRLOG_KEPT];
static unsigned int nr_added;

/**
 * sbd_error() - fill in an error and return it
 * @e:	  filled; may be NULL
 * @err:  negative errno
 * @word: the word that is wrong, "" if it is about the whole
 * @why:  format of what is wrong with it
 *
 * Context: any.  Return: @err, so that callers can return it in turn.
 */
int sbd_error(struct sbd_error *e, int err, const char *word,
	      const char *why, ...)
{
	va_list ap;

	if (!e)
		return err;
	strscpy(e->word, word, sizeof(e->word));
	va_start(ap, why);
	vscnprintf(e->why, sizeof(e->why), why, ap);
	va_end(ap);
	return err;
}

/**
 * sbd_errlog_add() - keep a refusal, dropping the oldest
 * @file: path below our directory
 * @text: what was written; may hold any bytes
 * @len:  length of @text
 * @e:	  what was wrong with it; NULL if @err says all
 * @err:  negative errno
 *
 * Context: may sleep.
 */
void sbd_errlog_add(const char *file, const char *text, size_t len,
		    const struct sbd_error *e, int err)
{
	struct refusal *r;

	mutex_lock(&log_lock);
	r = &kept[nr_added++ % SBD_ERRLOG_KEPT];
	memset(r, 0, sizeof(*r));
	r->time = ktime_get_boottime_ns();
	r->err = err;
	strscpy(r->file, file, sizeof(r->file));
	if (e)
		r->why = *e;
	r->len = len;
	memcpy(r->text, text, min(len, sizeof(r->text)));
	mutex_unlock(&log_lock);
}

static const char *errno_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EINVAL, "EINVAL" }, { ERANGE, "ERANGE" },
		{ EBUSY, "EBUSY" }, { ENOMEM, "ENOMEM" },
		{ E2BIG, "E2BIG" }, { ENOSPC, "ENOSPC" },
		{ EINTR, "EINTR" }, { ENOENT, "ENOENT" },
		{ ENODEV, "ENODEV" }, { EOPNOTSUPP, "EOPNOTSUPP" },
		{ ETIME, "ETIME" }, { EUCLEAN, "EUCLEAN" },
		{ EFAULT, "EFAULT" }, { EAGAIN, "EAGAIN" },
		{ EEXIST, "EEXIST" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == -err)
			return names[i].name;
	return NULL;
}

/* A quoted string: a reader can split on quotes whatever was written. */
static void show_quoted(struct sbd_text *t, const char *key, const char *s,
			size_t len)
{
	size_t i;

	sbd_text_printf(t, " %s=\"", key);
	for (i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c == '\n')
			sbd_text_printf(t, "\\n");
		else if (c == '\t')
			sbd_text_printf(t, "\\t");
		else if (isascii(c) && isprint(c) && c != '"' && c != '\\')
			sbd_text_printf(t, "%c", c);
		else
			sbd_text_printf(t, "\\x%02x", c);
	}
	sbd_text_printf(t, "\"");
}

static void show_one(struct sbd_text *t, const struct refusal *r)
{
	const char *name = errno_name(r->err);
	u32 nsec;
	u64 sec = div_u64_rem(r->time, NSEC_PER_SEC, &nsec);

	sbd_text_printf(t, "[%5llu.%06u] %s: ", sec, nsec / 1000, r->file);
	if (name)
		sbd_text_printf(t, "%s", name);
	else
		sbd_text_printf(t, "errno %d", -r->err);
	show_quoted(t, "word", r->why.word, strlen(r->why.word));
	show_quoted(t, "why", r->why.why, strlen(r->why.why));
	sbd_text_printf(t, " bytes=%zu", r->len);
	show_quoted(t, "text", r->text, min(r->len, sizeof(r->text)));
	sbd_text_printf(t, "\n");
}

/**
 * sbd_errlog_show() - print what is kept, oldest first
 * @t: where to; a line a refusal
 *
 * Context: may sleep.
 */
void sbd_errlog_show(struct sbd_text *t)
{
	unsigned int i;

	mutex_lock(&log_lock);
	i = nr_added > SBD_ERRLOG_KEPT ? nr_added - SBD_ERRLOG_KEPT : 0;
	for (; i < nr_added; i++)
		show_one(t, &kept[i % SBD_ERRLOG_KEPT]);
	mutex_unlock(&log_lock);
}
