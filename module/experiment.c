// SPDX-License-Identifier: GPL-2.0
/*
 * What bench, replay, exact and mirror have in common: keys, progress, result.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "experiment.h"
#include "shadow.h"

#define SBD_LIST_MAX	8

/* The value of one key, until all words have been found good. */
struct parsed {
	bool seen;
	u64 v[SBD_LIST_MAX];
};

static int parse_number(const struct sbd_key *key, const char *s, u64 *v,
			struct sbd_error *err)
{
	int ret = kstrtou64(s, 0, v);

	if (ret == -EINVAL)
		return sbd_error(err, ret, s, "%s wants a number", key->name);
	if (ret || *v < key->min || *v > key->max)
		return sbd_error(err, -ERANGE, s, "%s wants %llu to %llu",
				 key->name, key->min, key->max);
	return 0;
}

static int parse_name(const struct sbd_key *key, const char *s, u64 *v,
		      struct sbd_error *err)
{
	char known[72] = "";
	size_t len = 0;
	int i;

	for (i = 0; key->names[i]; i++) {
		if (!strcmp(key->names[i], s)) {
			*v = i;
			return 0;
		}
		len += scnprintf(known + len, sizeof(known) - len, " %s",
				 key->names[i]);
	}
	return sbd_error(err, -EINVAL, s, "%s is one of:%s", key->name, known);
}

static int parse_list(const struct sbd_key *key, char *s, u64 *v,
		      struct sbd_error *err)
{
	unsigned int n = 0;
	char *part;
	int ret;

	while ((part = strsep(&s, ","))) {
		if (n == key->list_len)
			break;
		ret = parse_number(key, part, &v[n++], err);
		if (ret)
			return ret;
	}
	if (part || n != key->list_len)
		return sbd_error(err, -EINVAL, key->name,
				 "wants %u numbers with commas between",
				 key->list_len);
	return 0;
}

static int parse_value(const struct sbd_key *key, char *s, u64 *v,
		       struct sbd_error *err)
{
	switch (key->kind) {
	case SBD_KEY_NAME:
		return parse_name(key, s, v, err);
	case SBD_KEY_LIST:
		return parse_list(key, s, v, err);
	case SBD_KEY_TEXT:
		*v = (uintptr_t)s;
		return 0;
	default:
		return parse_number(key, s, v, err);
	}
}

static int parse_word(const struct sbd_key *keys, char *word,
		      struct parsed *parsed, struct sbd_error *err)
{
	char *value = strchr(word, '=');
	int i;

	if (!value || value == word || !value[1])
		return sbd_error(err, -EINVAL, word, "is not key=value");
	*value++ = '\0';
	for (i = 0; keys[i].name; i++)
		if (!strcmp(keys[i].name, word))
			break;
	if (!keys[i].name)
		return sbd_error(err, -EINVAL, word, "is no key of this file");
	if (parsed[i].seen)
		return sbd_error(err, -EINVAL, word, "is given twice");
	parsed[i].seen = true;
	return parse_value(&keys[i], value, parsed[i].v, err);
}

static void store(const struct sbd_key *key, const struct parsed *p, void *to)
{
	unsigned int i, *list = to + key->offset;

	if (!p->seen)
		return;
	switch (key->kind) {
	case SBD_KEY_U64:
		*(u64 *)(to + key->offset) = p->v[0];
		break;
	case SBD_KEY_LIST:
		for (i = 0; i < key->list_len; i++)
			list[i] = p->v[i];
		break;
	case SBD_KEY_TEXT:
		*(const char **)(to + key->offset) =
			(const char *)(uintptr_t)p->v[0];
		break;
	default:
		*list = p->v[0];
	}
}

/**
 * sbd_keys_parse() - read "key=value ..." into a struct
 * @keys: what may be given; an entry without a name ends them.  No list is
 *	  longer than 8
 * @args: the text, white space between words; changed
 * @to:	  the struct, holding the defaults; written only if all words are good
 * @err:  filled on error
 *
 * Context: may sleep.  Return: 0, -EINVAL for a word, key or number that makes
 * no sense or is given twice, -ERANGE for a number out of range, -ENOMEM.
 */
int sbd_keys_parse(const struct sbd_key *keys, char *args, void *to,
		   struct sbd_error *err)
{
	struct parsed *parsed;
	int nr, i, ret = 0;
	char *word;

	for (nr = 0; keys[nr].name; nr++)
		if (WARN_ON_ONCE(keys[nr].list_len > SBD_LIST_MAX))
			return -EINVAL;
	parsed = kcalloc(nr + 1, sizeof(*parsed), GFP_KERNEL);
	if (!parsed)
		return sbd_error(err, -ENOMEM, "", "no memory");
	while (!ret && (word = strsep(&args, " \t\n\v\f\r")))
		if (*word)
			ret = parse_word(keys, word, parsed, err);
	for (i = 0; !ret && i < nr; i++)
		store(&keys[i], &parsed[i], to);
	kfree(parsed);
	return ret;
}

/**
 * sbd_experiment_init() - make an experiment ready for its files
 * @x:	    the experiment, its name and start set
 * @shadow: what it runs on
 */
void sbd_experiment_init(struct sbd_experiment *x, struct sbd_shadow *shadow)
{
	x->shadow = shadow;
	mutex_init(&x->lock);
	atomic64_set(&x->done, 0);
	atomic64_set(&x->total, 0);
	sbd_text_printf(&x->result, "no run yet\n");
}

/**
 * sbd_experiment_exit() - release what an experiment keeps
 * @x: the experiment, which nobody can reach any more
 */
void sbd_experiment_exit(struct sbd_experiment *x)
{
	sbd_text_free(&x->result);
	x->shadow = NULL;
}

static void publish(struct sbd_experiment *x, struct sbd_text *out)
{
	mutex_lock(&x->lock);
	swap(x->result, *out);
	mutex_unlock(&x->lock);
}

/**
 * sbd_experiment_run() - run an experiment to its end or to a signal
 * @x:	  the experiment
 * @args: "key=value ..."; changed
 * @err:  filled on error
 *
 * The result of the run before stays readable until this one has its own.
 * Context: may sleep, for as long as the run takes.
 * Return: 0, -EBUSY if the shadow is in use, -EINTR after a signal (the result
 * then says "interrupted: yes" and holds what was done), or what start()
 * refused with, the result then being the one of the run before.
 */
int sbd_experiment_run(struct sbd_experiment *x, char *args,
		       struct sbd_error *err)
{
	struct sbd_text out = {};
	int ret = sbd_shadow_claim(x->shadow);

	if (ret)
		return sbd_error(err, ret, "",
				 "the shadow is in use by another run or reset");
	atomic64_set(&x->done, 0);
	atomic64_set(&x->total, 0);
	ret = x->start(x, args, &out, err);
	if (out.error && (!ret || ret == -EINTR))
		ret = sbd_error(err, out.error, "", "no memory for the result");
	else if (!ret || (ret == -EINTR && out.len))
		publish(x, &out);
	if (ret == -EINTR)
		sbd_error(err, ret, "", "stopped by a signal");
	sbd_text_free(&out);
	sbd_shadow_unclaim(x->shadow);
	return ret;
}
