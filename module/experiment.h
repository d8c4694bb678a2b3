/* SPDX-License-Identifier: GPL-2.0 */
/* What bench, replay, exact and mirror have in common: keys, progress, result. */
#ifndef SBD_EXPERIMENT_H
#define SBD_EXPERIMENT_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "errlog.h"
#include "text.h"

struct sbd_shadow;

enum sbd_key_kind {
	SBD_KEY_UINT,	/* unsigned int, min..max */
	SBD_KEY_U64,	/* u64, any base, min..max */
	SBD_KEY_NAME,	/* unsigned int, an index of names[] */
	SBD_KEY_LIST,	/* unsigned int array of exactly list_len, "a,b,c", each min..max */
	SBD_KEY_TEXT,	/* const char *, into the text that was parsed */
};

/**
 * struct sbd_key - one key=value that an experiment understands
 * @name:     the key
 * @kind:     how the value reads
 * @offset:   where it goes in the argument struct
 * @min:      least value allowed
 * @max:      greatest value allowed
 * @names:    NULL-terminated, for SBD_KEY_NAME
 * @list_len: for SBD_KEY_LIST
 */
struct sbd_key {
	const char *name;
	enum sbd_key_kind kind;
	size_t offset;
	u64 min;
	u64 max;
	const char * const *names;
	unsigned int list_len;
};

/* A number or a text, and one of some names, in a field of the struct @type. */
#define SBD_KEY(type, k, kd, field, lo, hi) {				\
	.name = k, .kind = kd, .min = lo, .max = hi,			\
	.offset = offsetof(type, field) }
#define SBD_KEY_OF(type, k, field, table) {				\
	.name = k, .kind = SBD_KEY_NAME, .names = table,		\
	.offset = offsetof(type, field) }

/**
 * struct sbd_experiment - a directory with run, progress and result
 * @name:   directory
 * @shadow: what it runs on
 * @start:  parses @args, runs to the end or to a signal, fills @out.  Called
 *	    with the shadow claimed.  Return: 0, -EINTR after a signal (with
 *	    everything given back and @out valid), or another error with @err
 *	    filled and nothing changed.
 * @done:   progress, in steps
 * @total:  steps of the run
 * @lock:   protects @result
 * @result: of the last finished run
 */
struct sbd_experiment {
	const char *name;
	struct sbd_shadow *shadow;
	int (*start)(struct sbd_experiment *x, char *args,
		     struct sbd_text *out, struct sbd_error *err);
	atomic64_t done;
	atomic64_t total;
	struct mutex lock;	/* protects result */
	struct sbd_text result;
};

int sbd_keys_parse(const struct sbd_key *keys, char *args, void *to,
		   struct sbd_error *err);
void sbd_experiment_init(struct sbd_experiment *x, struct sbd_shadow *shadow);
void sbd_experiment_exit(struct sbd_experiment *x);
int sbd_experiment_run(struct sbd_experiment *x, char *args,
		       struct sbd_error *err);

#endif
