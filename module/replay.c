// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts of requests, served by the shadow from its initial state.
 *
 *	# comment
 *	a ID ORDER TYPE [CPU]	allocate; TYPE: unmovable, movable, reclaimable,
 *				or a gfp mask in hexadecimal
 *	f ID [CPU]		free what ID got
 *
 * A script is checked as a whole when it is written, so that a run can only
 * meet requests that make sense.  What a run depends on: the script, the
 * profile and the tunables.  The CPU is a number and not where we run, and the
 * worker that folds counters is paused, so every run gives the same answer.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "alloc.h"
#include "format.h"
#include "replay.h"
#include "shadow.h"
#include "system.h"

#define SBD_REPLAY_CHUNK	1024	/* requests between looks at signals */

/**
 * struct step - one line of a script
 * @id:	     as the script names it
 * @of:	     to free: the step that allocated it
 * @gfp:     to allocate
 * @cpu:     whose per-CPU lists
 * @order:   of the block
 * @is_free: which of the two it is
 */
struct step {
	u32 id;
	u32 of;
	gfp_t gfp;
	u16 cpu;
	u8 order;
	bool is_free;
};

/**
 * struct script - a checked script
 * @text:  as it was written, with a NUL
 * @len:   bytes without the NUL
 * @steps: what it says; NULL if there is no script
 * @nr:	   length of @steps
 */
struct script {
	char *text;
	size_t len;
	struct step *steps;
	unsigned int nr;
};

static DECLARE_RWSEM(script_lock);	/* protects the script, also while it runs */
static struct script script;

/*
 * Named types ask as most of the kernel does.  MOVABLE comes without
 * __GFP_HIGHMEM: with it a request could also go to a MOVABLE zone, and the
 * same script would then mean something else on another arena.
 */
static const struct {
	const char *name;
	gfp_t gfp;
} type_words[] = {
	{ "unmovable", GFP_KERNEL },
	{ "movable", GFP_KERNEL | __GFP_MOVABLE },
	{ "reclaimable", GFP_KERNEL | __GFP_RECLAIMABLE },
};

/* ---- Reading a script ---------------------------------------------------- */

/**
 * struct parser - where we are in a script
 * @s:	     what has been read so far
 * @ids:     by ID: the step that allocated it last, and whether it is freed
 * @nr_cpus: a CPU is below this
 * @line:    number of the line, from 1
 * @rest:    what is left of the line
 * @err:     filled on error
 */
struct parser {
	struct script *s;
	struct xarray ids;
	unsigned int nr_cpus;
	unsigned int line;
	char *rest;
	struct sbd_error *err;
};

__printf(4, 5)
static int parse_error(struct parser *p, int err, const char *word,
		       const char *why, ...)
{
	char text[72];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	return sbd_error(p->err, err, word, "line %u: %s", p->line, text);
}

static char *next_word(struct parser *p)
{
	char *word;

	while ((word = strsep(&p->rest, " \t\r\f\v")))
		if (*word)
			return word;
	return NULL;
}

static int parse_uint(struct parser *p, const char *what, unsigned int max,
		      unsigned int *v)
{
	char *word = next_word(p);
	int ret;

	if (!word)
		return parse_error(p, -EINVAL, "", "%s is missing", what);
	ret = kstrtouint(word, 10, v);
	if (ret == -EINVAL)
		return parse_error(p, -EINVAL, word, "%s is a number", what);
	if (ret || *v > max)
		return parse_error(p, -ERANGE, word, "%s is at most %u", what,
				   max);
	return 0;
}

/* Bits that no kernel defines, or two types at once, would mean nothing. */
static bool gfp_ok(unsigned int mask)
{
	const unsigned int types =
		(__force unsigned int)(__GFP_MOVABLE | __GFP_RECLAIMABLE);

	return !(mask & ~(__force unsigned int)__GFP_BITS_MASK) &&
	       (mask & types) != types;
}

static int parse_type(struct parser *p, struct step *st)
{
	char *word = next_word(p);
	unsigned int mask;
	size_t i;

	if (!word)
		return parse_error(p, -EINVAL, "", "TYPE is missing");
	for (i = 0; i < ARRAY_SIZE(type_words); i++) {
		if (strcmp(word, type_words[i].name))
			continue;
		st->gfp = type_words[i].gfp;
		return 0;
	}
	if (kstrtouint(word, 16, &mask))
		return parse_error(p, -EINVAL, word,
				   "TYPE is unmovable, movable, reclaimable, or hexadecimal");
	if (!gfp_ok(mask))
		return parse_error(p, -ERANGE, word, "no such gfp mask");
	st->gfp = (__force gfp_t)mask;
	return 0;
}

/* An optional CPU, and then nothing more. */
static int parse_cpu_and_end(struct parser *p, struct step *st)
{
	char *ahead = p->rest ? skip_spaces(p->rest) : NULL;
	unsigned int cpu = 0;
	char *word;
	int ret;

	if (ahead && *ahead) {
		ret = parse_uint(p, "CPU", p->nr_cpus - 1, &cpu);
		if (ret)
			return ret;
	}
	st->cpu = cpu;
	word = next_word(p);
	return word ? parse_error(p, -EINVAL, word, "one word too many") : 0;
}

/* What is known of an ID: a step, and whether it was freed since. */
static void *id_entry(u32 step, bool freed)
{
	return xa_mk_value((unsigned long)step << 1 | freed);
}

static bool id_freed(void *entry)
{
	return xa_to_value(entry) & 1;
}

static int note_id(struct parser *p, u32 id, void *entry)
{
	int ret = xa_err(xa_store(&p->ids, id, entry, GFP_KERNEL));

	return ret ? parse_error(p, ret, "", "no memory") : 0;
}

static int parse_alloc(struct parser *p, struct step *st, void *known,
		       const char *id)
{
	unsigned int order;
	int ret;

	if (known && !id_freed(known))
		return parse_error(p, -EINVAL, id, "ID is allocated already");
	ret = parse_uint(p, "ORDER", SBD_MAX_ORDER, &order);
	if (ret)
		return ret;
	st->order = order;
	ret = parse_type(p, st);
	if (ret)
		return ret;
	ret = parse_cpu_and_end(p, st);
	return ret ?: note_id(p, st->id, id_entry(p->s->nr, false));
}

static int parse_free(struct parser *p, struct step *st, void *known,
		      const char *id)
{
	int ret;

	if (!known)
		return parse_error(p, -EINVAL, id, "ID was never allocated");
	if (id_freed(known))
		return parse_error(p, -EINVAL, id, "ID is freed already");
	st->is_free = true;
	st->of = xa_to_value(known) >> 1;
	st->order = p->s->steps[st->of].order;
	ret = parse_cpu_and_end(p, st);
	return ret ?: note_id(p, st->id, id_entry(st->of, true));
}

static int parse_line(struct parser *p)
{
	struct step *st = &p->s->steps[p->s->nr];
	char *verb, id[12];
	void *known;
	int ret;

	verb = next_word(p);
	if (!verb)
		return 0;
	if (strcmp(verb, "a") && strcmp(verb, "f"))
		return parse_error(p, -EINVAL, verb, "a line begins with a or f");
	memset(st, 0, sizeof(*st));
	ret = parse_uint(p, "ID", U32_MAX, &st->id);
	if (ret)
		return ret;
	snprintf(id, sizeof(id), "%u", st->id);
	known = xa_load(&p->ids, st->id);
	if (*verb == 'a')
		ret = parse_alloc(p, st, known, id);
	else
		ret = parse_free(p, st, known, id);
	if (!ret)
		p->s->nr++;
	return ret;
}

static int parse_lines(struct parser *p, char *text)
{
	int ret = 0;

	while (!ret && (p->rest = strsep(&text, "\n"))) {
		p->line++;
		p->rest[strcspn(p->rest, "#")] = '\0';
		ret = parse_line(p);
		cond_resched();
	}
	return ret;
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static char *text_copy(const char *text, size_t len)
{
	char *copy = kvmalloc(len + 1, GFP_KERNEL);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static void script_free(struct script *s)
{
	kvfree(s->text);
	kvfree(s->steps);
	memset(s, 0, sizeof(*s));
}

/* Read a script; parsing cuts the text up, so that goes on in a second copy. */
static int script_read(struct script *s, const char *text, size_t len,
		       struct sbd_error *err)
{
	struct sbd_shadow *shadow = sbd_replay.shadow;
	struct parser p = {
		.s = s,
		.nr_cpus = shadow ? shadow->sys->nr_cpus : nr_cpu_ids,
		.err = err,
	};
	int ret = -ENOMEM;
	char *scratch;

	if (len > SBD_REPLAY_MAX_BYTES)
		return sbd_error(err, -E2BIG, "", "a script has at most %lu bytes",
				 SBD_REPLAY_MAX_BYTES);
	if (memchr(text, '\0', len))
		return sbd_error(err, -EINVAL, "", "a script is text; this has a NUL byte");
	s->len = len;
	s->text = text_copy(text, len);
	scratch = text_copy(text, len);
	if (s->text && scratch)
		s->steps = kvcalloc(count_lines(s->text), sizeof(*s->steps),
				    GFP_KERNEL);
	if (s->steps) {
		xa_init(&p.ids);
		ret = parse_lines(&p, scratch);
		xa_destroy(&p.ids);
	} else {
		sbd_error(err, ret, "", "no memory for the script");
	}
	kvfree(scratch);
	if (ret)
		script_free(s);
	return ret;
}

/**
 * sbd_replay_set_script() - replace the script
 * @text: what it says; need not end in a NUL
 * @len:  bytes
 * @err:  filled on error
 *
 * Context: may sleep.  Return: 0; -EBUSY while a script runs; -EINVAL, -ERANGE,
 * -E2BIG or -ENOMEM if it is no good, and then the old one stays.
 */
int sbd_replay_set_script(const char *text, size_t len, struct sbd_error *err)
{
	struct script new = {};
	int ret = script_read(&new, text, len, err);

	if (ret)
		return ret;
	if (!down_write_trylock(&script_lock)) {
		script_free(&new);
		return sbd_error(err, -EBUSY, "", "the script is in use");
	}
	swap(script, new);
	up_write(&script_lock);
	script_free(&new);
	return 0;
}

/**
 * sbd_replay_put_back() - a script that was there before
 * @text: what it says
 * @len:  bytes
 *
 * Context: may sleep; waits while a script runs.  Return: 0, -ENOMEM.
 */
int sbd_replay_put_back(const char *text, size_t len)
{
	struct script old = {};
	struct sbd_error ignored;
	int ret = script_read(&old, text, len, &ignored);

	if (ret)
		return ret;
	down_write(&script_lock);
	swap(script, old);
	up_write(&script_lock);
	script_free(&old);
	return 0;
}

/**
 * sbd_replay_get_script() - the script as it was written
 * @out: appended to
 *
 * Context: may sleep.  Return: 0, -ENOMEM.
 */
int sbd_replay_get_script(struct sbd_text *out)
{
	down_read(&script_lock);
	if (script.text)
		sbd_text_printf(out, "%s", script.text);
	up_read(&script_lock);
	return out->error;
}

/**
 * sbd_replay_free_script() - forget the script
 *
 * Context: may sleep; waits while a script runs.
 */
void sbd_replay_free_script(void)
{
	down_write(&script_lock);
	script_free(&script);
	up_write(&script_lock);
}

/* ---- Serving it ---------------------------------------------------------- */

/**
 * struct replay - one run
 * @x:	 whose progress is told
 * @sys: the system that serves
 * @pfn: by step: what it got
 * @nr:	 steps served
 */
struct replay {
	struct sbd_experiment *x;
	struct sbd_system *sys;
	unsigned long *pfn;
	unsigned int nr;
};

static void serve_one(struct replay *r, unsigned int i)
{
	const struct step *st = &script.steps[i];

	if (!st->is_free) {
		r->pfn[i] = sbd_alloc(r->sys, st->cpu, st->gfp, st->order);
		return;
	}
	/* What was refused has nothing to free. */
	if (r->pfn[st->of] != SBD_PFN_NONE)
		WARN_ON_ONCE(sbd_free(r->sys, st->cpu, r->pfn[st->of],
				      st->order));
}

static int serve(struct replay *r)
{
	while (r->nr < script.nr) {
		serve_one(r, r->nr++);
		if (r->nr % SBD_REPLAY_CHUNK)
			continue;
		atomic64_set(&r->x->done, r->nr);
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	atomic64_set(&r->x->done, r->nr);
	return 0;
}

static void report(const struct replay *r, bool interrupted,
		   struct sbd_text *out)
{
	unsigned long base = r->x->shadow->arena.base_pfn;
	unsigned int i;

	if (interrupted)
		sbd_text_printf(out, "interrupted: yes\n");
	for (i = 0; i < r->nr; i++) {
		const struct step *st = &script.steps[i];

		if (st->is_free)
			continue;
		if (r->pfn[i] == SBD_PFN_NONE)
			sbd_text_printf(out, "%u fail\n", st->id);
		else
			sbd_text_printf(out, "%u %lu\n", st->id,
					r->pfn[i] - base);
	}
	sbd_text_printf(out, "\n");
	sbd_format_buddyinfo(out, r->sys);
}

static int serve_from_start(struct replay *r, struct sbd_text *out,
			    struct sbd_error *err)
{
	int ret;

	r->pfn = kvmalloc_array(script.nr + 1, sizeof(*r->pfn), GFP_KERNEL);
	if (!r->pfn)
		return sbd_error(err, -ENOMEM, "", "no memory");
	sbd_system_reset(r->sys);
	ret = serve(r);
	report(r, ret, out);
	sbd_system_reset(r->sys);
	kvfree(r->pfn);
	return ret;
}

/*
 * A system like the arena's under another profile: descriptors only, which is
 * all that a script needs.  Tunables that somebody set are set there too; what
 * the rules chose themselves is chosen by its own.
 */
static struct sbd_system *system_like(const struct sbd_shadow *s,
				      const struct sbd_profile *prof)
{
	struct sbd_plan *plan = kmemdup(s->plan, sizeof(*plan), GFP_KERNEL);
	struct sbd_tunables tun = s->sys->tun;
	struct sbd_system *sys;
	int ret;

	if (!plan)
		return ERR_PTR(-ENOMEM);
	plan->id = s->sys->id + 1;
	plan->prof = *prof;
	sys = sbd_system_create(plan);
	kfree(plan);
	if (IS_ERR(sys))
		return sys;
	if (tun.user_min_free_kbytes < 0)
		tun.min_free_kbytes = sys->tun.min_free_kbytes;
	ret = sbd_tune(sys, &tun);
	if (!ret)
		return sys;
	sbd_system_destroy(sys);
	return ERR_PTR(ret);
}

static bool same_kernel(const struct sbd_profile *a, const struct sbd_profile *b)
{
	return a->major == b->major && a->minor == b->minor &&
	       a->sublevel == b->sublevel;
}

/* Run under the profile that was asked for, on the arena if it is its own. */
static int replay_under(struct replay *r, const struct sbd_profile *prof,
			struct sbd_text *out, struct sbd_error *err)
{
	struct sbd_shadow *s = r->x->shadow;
	int ret;

	if (!prof->name[0] || same_kernel(prof, s->sys->prof)) {
		r->sys = s->sys;
		sbd_shadow_pause_vmstat(s);
		ret = serve_from_start(r, out, err);
		sbd_shadow_resume_vmstat(s);
		return ret;
	}
	r->sys = system_like(s, prof);
	if (IS_ERR(r->sys))
		return sbd_error(err, PTR_ERR(r->sys), prof->name,
				 "no system could be made for this profile");
	ret = serve_from_start(r, out, err);
	sbd_system_destroy(r->sys);
	return ret;
}

/**
 * struct replay_args - the keys of a run
 * @profile: whose rules; NULL: the loaded ones
 */
struct replay_args {
	const char *profile;
};

static const struct sbd_key replay_keys[] = {
	SBD_KEY(struct replay_args, "profile", SBD_KEY_TEXT, profile, 0, 0),
	{}
};

static int replay_start(struct sbd_experiment *x, char *args,
			struct sbd_text *out, struct sbd_error *err)
{
	struct sbd_profile prof = {};
	struct replay_args a = {};
	struct replay r = { .x = x };
	int ret = sbd_keys_parse(replay_keys, args, &a, err);

	if (ret)
		return ret;
	if (a.profile && sbd_profile_parse(a.profile, &prof))
		return sbd_error(err, -EINVAL, a.profile, "profile is one of: %s",
				 sbd_profile_known());
	down_read(&script_lock);
	if (script.steps) {
		atomic64_set(&x->total, script.nr);
		ret = replay_under(&r, &prof, out, err);
	} else {
		ret = sbd_error(err, -EINVAL, "", "no script has been written");
	}
	up_read(&script_lock);
	return ret;
}

struct sbd_experiment sbd_replay = {
	.name = "replay",
	.start = replay_start,
};
