/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all verbs share: the environment, the module's files, texts and JSON.
 *
 * A verb returns one of enum status, which is the exit status of the program. An
 * error is one line on standard error that says what to do.
 */
#ifndef SB_H
#define SB_H

#include <argp.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum status {
	ST_DONE = 0,		/* done, and nothing to complain about */
	ST_DIFFERENT = 1,	/* done, and a difference was found */
	ST_USAGE = 2,
	ST_CANNOT = 3,		/* could not run */
};

/**
 * struct env - how this process is to behave
 * @verb:     its name
 * @json:     print JSON and nothing else on standard output
 * @progress: a bar on standard error
 * @colour:   on standard output
 * @dir:      the module's files; below $SHADOWBUDDY_DEBUGFS if that is set
 * @proc:     the kernel's; $SHADOWBUDDY_PROC if that is set. Both are for tests
 * @module:   what sysfs has of the module; "" where the files are not this machine's
 */
struct env {
	const char *verb;
	bool json;
	bool progress;
	bool colour;
	char dir[256];
	char proc[256];
	const char *module;
};

extern struct env env;
/* Set by SIGINT, SIGTERM, SIGHUP; what waits looks at it. */
extern volatile int sb_stopped;

/* main.c */
extern const struct argp sb_common_argp;
enum { SB_KEY_JSON = 0x100 };
int sb_parse(const struct argp *argp, int argc, char **argv, void *input);

/* util.c */
enum status sb_fail(enum status st, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void *sb_alloc(size_t size);
char *sb_strdup(const char *s);
char *sb_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *sb_join(char **words, int n);
char *sb_read(const char *path);
char *sb_line(char **rest);
bool sb_is_number(const char *s);
unsigned long sb_arg_uint(struct argp_state *state, const char *what, const char *arg,
			  unsigned long min, unsigned long max);
double sb_arg_seconds(struct argp_state *state, const char *arg);
const char *sb_paint(const char *sgr);
void sb_catch_signals(void);

/**
 * struct sb_out - a file that appears whole or not at all
 * @f:	  to write to
 * @path: its final name, NULL for standard output
 * @tmp:  its name until then; NULL if it is no regular file
 * @mode: its permissions
 */
struct sb_out {
	FILE *f;
	char *path;
	char *tmp;
	mode_t mode;
};

enum status sb_out_open(struct sb_out *o, const char *path);
enum status sb_out_close(struct sb_out *o, enum status st);
enum status sb_flush(enum status st);

/* module.c */
bool sb_loaded(void);
enum status sb_need_module(void);
char *sb_file(const char *name);
char *sb_key(const char *text, const char *key);
enum status sb_write(const char *name, const char *text);
enum status sb_last_error(const char *name, int err);

/* run.c */
enum status sb_run(const char *experiment, const char *args, char **result);
/* A run was ended by a signal, and that is said. */
extern bool sb_interrupted;

enum status sb_run_words(const char *experiment, const char *doc, int argc,
			 char **argv, struct json_object **o);

/* result.c */
struct json_object *sb_result_verb(const char *result);
const char *sb_get(struct json_object *o, const char *key);
struct json_object *sb_member(struct json_object *o, const char *key, enum json_type type);
struct json_object *sb_rows(struct json_object *o, const char *key);
void sb_print_keys(struct json_object *o);
struct json_object *sb_result_json(const char *result);
struct json_object *sb_value(const char *text);
void sb_print_json(struct json_object *o);
struct json_object *sb_json_new(void);
void sb_print_table(struct json_object *rows, const char *const *columns);

/* kmem.c: the kernel's layouts, live and shadow alike */
#define SB_ORDERS	11

/**
 * struct sb_zone - one zone of /proc/buddyinfo and /proc/zoneinfo
 * @node:    number
 * @name:    as the kernel prints it
 * @nr_free: free blocks by order
 * @free:    pages
 * @min:     watermark, pages
 * @low:     likewise
 * @high:    likewise
 * @boost:   on top of each
 * @managed: pages
 * @pcp:     pages on per-CPU lists
 * @pcp_high: their limits, summed
 * @pcp_batch: of the first CPU
 * @blocks:  pageblocks by type
 */
struct sb_zone {
	int node;
	char name[16];
	unsigned long nr_free[SB_ORDERS];
	unsigned long free, min, low, high, boost, managed;
	unsigned long pcp, pcp_high, pcp_batch;
	unsigned long blocks[6];
};

extern const char *const sb_types[6];

/**
 * struct sb_zones - all zones of one allocator
 * @z: them
 * @n: how many
 */
struct sb_zones {
	struct sb_zone z[64];
	int n;
};

enum status sb_zones_read(struct sb_zones *zs, bool shadow);
int sb_fragindex(const unsigned long *nr_free, unsigned int order);
struct json_object *sb_zones_json(const struct sb_zones *zs);

/* term.c */
struct sb_bar {
	double began;
	bool shown;
};

void sb_bar_draw(struct sb_bar *b, unsigned long long done,
		 unsigned long long total);
void sb_bar_end(struct sb_bar *b);

/* one function a verb, in a file of its name */
enum status verb_bench(int argc, char **argv);
enum status verb_compare(int argc, char **argv);
enum status verb_exact(int argc, char **argv);
enum status verb_load(int argc, char **argv);
enum status verb_map(int argc, char **argv);
enum status verb_mirror(int argc, char **argv);
enum status verb_record(int argc, char **argv);
enum status verb_replay(int argc, char **argv);
enum status verb_report(int argc, char **argv);
enum status verb_selftest(int argc, char **argv);
enum status verb_status(int argc, char **argv);
enum status verb_top(int argc, char **argv);
enum status verb_unload(int argc, char **argv);
enum status verb_whatif(int argc, char **argv);

#endif
