// SPDX-License-Identifier: GPL-2.0
/*
 * record: the host's own requests, as a script for replay.
 *
 * kmem:mm_page_alloc and mm_page_free are traced in a tracefs instance of our own
 * and kept in memory; when the recording has ended they are put in order of time,
 * matched by page frame, and written. mm_page_free_batched says again what
 * mm_page_free has said, so it is left alone.
 *
 * Of gfp masks only the bits stay that the model looks at. They have the same
 * numbers in 6.1 to 6.12 (0x200 has no meaning since 6.4), so a script means the same
 * wherever it is served.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <traceevent/event-parse.h>
#include <tracefs/tracefs.h>
#include <unistd.h>

#include "pairs.h"
#include "sb.h"

/* Bits of a gfp mask that the model looks at. */
#define GFP_ZONE	0x00007	/* DMA HIGHMEM DMA32 */
#define GFP_MOVABLE	0x00008
#define GFP_RECLAIMABLE	0x00010
#define GFP_HIGH	0x00020
#define GFP_ATOMIC	0x00200
#define GFP_RECLAIM	0x00c00	/* DIRECT_RECLAIM KSWAPD_RECLAIM */
#define GFP_MEMALLOC	0x20000
#define GFP_NOMEMALLOC	0x80000
#define GFP_KEPT	(GFP_ZONE | GFP_MOVABLE | GFP_RECLAIMABLE | GFP_HIGH | GFP_ATOMIC | \
			 GFP_RECLAIM | GFP_MEMALLOC | GFP_NOMEMALLOC)

#define REPLAY_MAX_BYTES	(4L << 20)	/* SBD_REPLAY_MAX_BYTES */
#define INSTANCE		"shadowbuddy-"	/* and our process ID */

/**
 * struct args - how to record
 * @file:    to write; NULL for standard output
 * @seconds: to record for; 0: no such end
 * @events:  likewise
 * @low:     lowest order of interest
 * @high:    highest
 * @cpus:    fold the CPU numbers into so many; 0: as they are
 * @buffer:  KiB a CPU
 * @command: to run meanwhile, and its arguments; NULL
 */
struct args {
	const char *file;
	double seconds;
	unsigned long events;
	unsigned int low, high;
	unsigned int cpus;
	unsigned int buffer;
	char **command;
};

/**
 * struct event - one event, as it is kept
 * @ts:	   time, ns
 * @pfn:   first frame
 * @gfp:   mask of a request
 * @seq:   when it was read, for events of the same time
 * @cpu:   where it was
 * @order: of the block
 * @free:  which of the two it is
 */
struct event {
	__u64 ts;
	__u64 pfn;
	__u32 gfp;
	__u32 seq;
	__u16 cpu;
	__u8 order;
	bool free;
};

/**
 * struct kind - how an event of one kind is read
 * @event: its description
 * @pfn:   a field
 * @order: a field
 * @gfp:   a field; NULL for a free
 */
struct kind {
	struct tep_event *event;
	struct tep_format_field *pfn;
	struct tep_format_field *order;
	struct tep_format_field *gfp;
};

/**
 * struct recording - one of them
 * @a:	       how
 * @tep:       formats
 * @alloc:     mm_page_alloc
 * @free:      mm_page_free
 * @ev:	       what was traced
 * @n:	       how many
 * @room:      of @ev
 * @began:     seconds, of some clock
 * @took:      seconds
 * @child:     the command; 0 once it has ended
 * @status:    of the command, as of wait()
 * @why:       the end, in words; nothing is added any more. NULL before
 * @bar:       progress
 * @lost:      events that the kernel had no room for
 * @p:	       what is allocated
 * @out:       the script
 * @written:   allocations, frees
 * @failed:    requests that the kernel refused
 * @left_out:  requests of other orders
 * @high_cpu:  the highest number in the script
 * @cpu:       of the event at hand
 */
struct recording {
	struct args a;
	struct tep_handle *tep;
	struct kind alloc;
	struct kind free;
	struct event *ev;
	size_t n;
	size_t room;
	double began;
	double took;
	pid_t child;
	int status;
	const char *why;
	struct sb_bar bar;
	unsigned long long lost;
	struct pairs p;
	FILE *out;
	unsigned long long written[2];
	unsigned long long failed;
	unsigned long long left_out;
	unsigned int high_cpu;
	unsigned int cpu;
};

/* ---- options --------------------------------------------------------------------- */

static void parse_orders(struct args *a, const char *arg, struct argp_state *state)
{
	int used = 0;

	if (isdigit((unsigned char)*arg) && sscanf(arg, "%u-%u%n", &a->low, &a->high, &used) == 2 &&
	    !arg[used] && a->low <= a->high && a->high < PAIRS_ORDERS)
		return;
	a->low = sb_arg_uint(state, "--orders: LOW-HIGH, or it", arg, 0, PAIRS_ORDERS - 1);
	a->high = a->low;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'o':
		a->file = strcmp(arg, "-") ? arg : NULL;
		return 0;
	case 't':
		a->seconds = sb_arg_seconds(state, arg);
		return 0;
	case 'n':
		a->events = sb_arg_uint(state, "EVENTS", arg, 1, 100000000);
		return 0;
	case 'O':
		parse_orders(a, arg, state);
		return 0;
	case 'c':
		a->cpus = sb_arg_uint(state, "--cpus", arg, 1, 65536);
		return 0;
	case 'b':
		a->buffer = sb_arg_uint(state, "--buffer", arg, 8, 1 << 20);
		return 0;
	case ARGP_KEY_ARGS:
		a->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (env.json && !a->file)
			argp_error(state, "--json wants -o FILE, for the script");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE, not to standard output", 0 },
	{ "time", 't', "SECONDS", 0, "End after so long", 0 },
	{ "events", 'n', "EVENTS", 0, "End after so many", 0 },
	{ "orders", 'O', "LOW-HIGH", 0, "Only blocks of these orders (0-10)", 0 },
	{ "cpus", 'c', "N", 0, "CPU numbers modulo N, for a replay where there are fewer", 0 },
	{ "buffer", 'b', "KIB", 0, "Of trace a CPU (4096); more if events are lost", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Write the host's own requests down as a script for replay.\v"
	       "Ends with COMMAND, after -t or -n, or with Ctrl-C, whichever is first; what was "
	       "recorded until then is written. A COMMAND that still runs is ended. Everything "
	       "that the machine does is recorded, not COMMAND alone. The module need not be loaded.\n\n"
	       "Each block has a number of its own. Frees of what was allocated earlier are left "
	       "out, a block that comes back in pieces is freed with the last of them; the "
	       "script's head says how many there were. The kernel does not tell of pages that "
	       "are allocated in bulk.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy record -o sort.txt -- sort -R /usr/share/dict/words\n"
	       "  sudo shadowbuddy record -t 5 --orders 0-3 >five-seconds.txt\n"
	       "  sudo shadowbuddy replay sort.txt",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- the kernel's side ----------------------------------------------------------- */

static struct tracefs_instance *instance;	/* these two for clean_up() */
static const char *unfinished;

/* Nothing is traced any more. */
static void drop_instance(void)
{
	if (!instance)
		return;
	tracefs_trace_off(instance);
	tracefs_event_disable(instance, "kmem", NULL);
	tracefs_instance_destroy(instance);
	tracefs_instance_free(instance);
	instance = NULL;
}

/* However we end. */
static void clean_up(void)
{
	drop_instance();
	if (unfinished)
		unlink(unfinished);
}

/* Instances of recorders that were killed. (With a pattern, the library leaks.) */
static void drop_stale(void)
{
	struct tracefs_instance *old;
	char **names = tracefs_instances(NULL), **name;
	size_t len = strlen(INSTANCE);
	pid_t pid;

	for (name = names; name && *name; name++) {
		pid = strncmp(*name, INSTANCE, len) ? 0 : atoi(*name + len);
		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		old = tracefs_instance_create(*name);
		if (old)
			tracefs_instance_destroy(old);
		tracefs_instance_free(old);
	}
	tracefs_list_free(names);
}

static enum status cannot_trace(int err)
{
	if (geteuid())
		return sb_fail(ST_CANNOT, "only root can trace: sudo shadowbuddy record");
	if (err == EPERM || err == EACCES)
		return sb_fail(ST_CANNOT, "the kernel does not let even root trace (see /sys/kernel/security/lockdown)");
	return sb_fail(ST_CANNOT, "cannot trace: %s; is tracefs there? sudo mount -t tracefs tracefs /sys/kernel/tracing",
		       strerror(err));
}

static enum status make_instance(void)
{
	char *name = sb_printf(INSTANCE "%d", getpid());

	errno = 0;
	if (!geteuid() && tracefs_tracing_dir()) {
		drop_stale();
		errno = 0;
		instance = tracefs_instance_create(name);
	}
	free(name);
	if (!instance)
		return cannot_trace(errno ? errno : ENOENT);
	atexit(clean_up);
	return ST_DONE;
}

/* One clock for all CPUs, room, and nothing yet. */
static enum status set_up(const struct args *a)
{
	errno = 0;
	if (tracefs_trace_off(instance) ||
	    tracefs_instance_file_write(instance, "trace_clock", "mono") < 0)
		return cannot_trace(errno ? errno : EIO);
	if (tracefs_instance_set_buffer_size(instance, a->buffer, -1))
		return sb_fail(ST_CANNOT, "no memory for %u KiB of trace a CPU: take less (-b KIB)",
			       a->buffer);
	if (tracefs_event_enable(instance, "kmem", "mm_page_alloc") ||
	    tracefs_event_enable(instance, "kmem", "mm_page_free"))
		return sb_fail(ST_CANNOT, "the running kernel has no events kmem:mm_page_alloc and kmem:mm_page_free");
	return ST_DONE;
}

static bool find_kind(struct tep_handle *tep, const char *name, struct kind *k, bool gfp)
{
	k->event = tep_find_event_by_name(tep, "kmem", name);
	if (!k->event)
		return false;
	k->pfn = tep_find_field(k->event, "pfn");
	k->order = tep_find_field(k->event, "order");
	k->gfp = gfp ? tep_find_field(k->event, "gfp_flags") : NULL;
	return k->pfn && k->order && (k->gfp || !gfp);
}

static enum status load_formats(struct recording *r)
{
	static const char *const systems[] = { "kmem", NULL };

	r->tep = tracefs_local_events_system(NULL, systems);
	if (r->tep && find_kind(r->tep, "mm_page_alloc", &r->alloc, true) &&
	    find_kind(r->tep, "mm_page_free", &r->free, false))
		return ST_DONE;
	return sb_fail(ST_CANNOT, "the running kernel's events kmem:mm_page_* are not as expected");
}

/* What had no room, of one CPU; false if there is no such CPU. */
static bool add_lost(int cpu, unsigned long long *lost)
{
	char *name = sb_printf("per_cpu/cpu%d/stats", cpu), *text, *at;
	static const char *const words[] = { "\noverrun: ", "\ndropped events: " };
	size_t i;

	text = tracefs_instance_file_read(instance, name, NULL);
	free(name);
	for (i = 0; text && i < 2; i++) {
		at = strstr(text, words[i]);
		*lost += at ? strtoull(at + strlen(words[i]), NULL, 10) : 0;
	}
	free(text);
	return text;
}

static unsigned long long count_lost(void)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned long long lost = 0;

	for (cpu = 0; cpu < cpus; cpu++)
		add_lost(cpu, &lost);
	return lost;
}

/* ---- the command ----------------------------------------------------------------- */

/* The child; waits for a byte, so that nothing is missed of it. */
static void run_command(const struct recording *r, int go, int failed)
{
	char c;
	int err;

	signal(SIGPIPE, SIG_DFL);
	if (!r->a.file)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	if (read(go, &c, 1) != 1)
		_exit(127);
	execvp(r->a.command[0], r->a.command);
	err = errno;
	if (write(failed, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* @go: a byte into it lets the command begin; @failed: an errno if it cannot. */
static enum status make_child(struct recording *r, int *go, int *failed)
{
	int g[2], f[2];

	if (pipe2(g, O_CLOEXEC) || pipe2(f, O_CLOEXEC))
		return sb_fail(ST_CANNOT, "no pipe: %s", strerror(errno));
	fflush(NULL);
	r->child = fork();
	if (r->child < 0)
		return sb_fail(ST_CANNOT, "no process: %s", strerror(errno));
	if (!r->child) {
		close(g[1]);
		close(f[0]);
		run_command(r, g[0], f[1]);
	}
	close(g[0]);
	close(f[1]);
	*go = g[1];
	*failed = f[0];
	return ST_DONE;
}

static enum status start_command(struct recording *r, int go, int failed)
{
	int err = 0;
	ssize_t n;

	if (write(go, "", 1) != 1)
		err = errno;
	close(go);
	n = read(failed, &err, sizeof(err));
	close(failed);
	if (n > 0 || err)
		return sb_fail(ST_CANNOT, "cannot run %s: %s", r->a.command[0], strerror(err));
	return ST_DONE;
}

static void end_command(struct recording *r)
{
	if (r->child <= 0)
		return;
	kill(r->child, SIGTERM);
	while (waitpid(r->child, &r->status, 0) < 0 && errno == EINTR)
		;
	r->child = 0;
}

/* ---- taking events --------------------------------------------------------------- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static const char *reason(const struct recording *r)
{
	if (sb_stopped)
		return "a signal";
	if (r->a.command && !r->child)
		return "the command's end";
	if (r->a.events && r->n >= r->a.events)
		return "the number of events";
	return r->a.seconds > 0 && r->took >= r->a.seconds ? "time" : NULL;
}

/* Is it time? The kernel then adds nothing more. */
static bool at_end(struct recording *r)
{
	if (r->why)
		return true;
	r->took = now() - r->began;
	if (r->child > 0 && waitpid(r->child, &r->status, WNOHANG) > 0)
		r->child = 0;
	r->why = reason(r);
	if (r->why)
		tracefs_trace_off(instance);
	return r->why;
}

static struct event *new_event(struct recording *r)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 65536;
		r->ev = realloc(r->ev, r->room * sizeof(*r->ev));
		if (!r->ev) {
			end_command(r);
			sb_fail(ST_CANNOT, "out of memory after %zu events: record fewer (-n EVENTS)",
				r->n);
			exit(ST_CANNOT);
		}
	}
	return &r->ev[r->n];
}

static int take(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	unsigned long long pfn = 0, order = 0, gfp = 0;
	struct recording *r = data;
	struct kind *k = event->id == r->alloc.event->id ? &r->alloc : &r->free;

	if (k == &r->free && event->id != r->free.event->id)
		return 0;
	tep_read_number_field(k->pfn, record->data, &pfn);
	tep_read_number_field(k->order, record->data, &order);
	if (k->gfp)
		tep_read_number_field(k->gfp, record->data, &gfp);
	*new_event(r) = (struct event) {
		.ts = record->ts, .pfn = pfn, .gfp = gfp, .seq = r->n, .cpu = cpu,
		.order = order < 255 ? order : 255, .free = k == &r->free,
	};
	if (++r->n % 1024 == 0)
		at_end(r);
	return 0;
}

static void drain(struct recording *r)
{
	tracefs_iterate_raw_events(r->tep, instance, NULL, 0, take, r);
}

static void draw(struct recording *r)
{
	if (!env.progress)
		return;
	if (r->a.seconds > 0)
		sb_bar_draw(&r->bar, r->took * 1000, r->a.seconds * 1000);
	else if (r->a.events)
		sb_bar_draw(&r->bar, r->n, r->a.events);
}

static void follow(struct recording *r)
{
	const struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };

	if (env.progress && !r->a.command && !r->a.events && !(r->a.seconds > 0))
		fputs("recording; Ctrl-C ends it\n", stderr);
	while (!at_end(r)) {
		nanosleep(&tick, NULL);
		drain(r);
		draw(r);
	}
	sb_bar_end(&r->bar);
	drain(r);
}

/* Trace from here to the end. */
static enum status trace(struct recording *r)
{
	int go = -1, failed = -1;
	enum status st = ST_DONE;

	if (r->a.command)
		st = make_child(r, &go, &failed);
	if (st)
		return st;
	r->began = now();
	if (tracefs_trace_on(instance))
		st = cannot_trace(errno);
	if (!st && r->a.command)
		st = start_command(r, go, failed);
	if (!st)
		follow(r);
	end_command(r);
	if (!st)
		r->lost = count_lost();
	drop_instance();
	return st;
}

/* ---- writing --------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void write_line(struct recording *r, char verb, __u32 id, const char *rest)
{
	unsigned int cpu = r->a.cpus ? r->cpu % r->a.cpus : r->cpu;

	fprintf(r->out, "%c %u%s %u\n", verb, id, rest, cpu);
	r->written[verb == 'f']++;
	if (cpu > r->high_cpu)
		r->high_cpu = cpu;
}

static void write_free(void *ctx, __u32 id)
{
	write_line(ctx, 'f', id, "");
}

/* ORDER and TYPE; a name where the mask says no more than that. */
static void describe(const struct event *e, char *buf, size_t size)
{
	unsigned int gfp = e->gfp & GFP_KEPT;

	if (gfp & GFP_MOVABLE)
		gfp &= ~GFP_RECLAIMABLE;
	if (gfp == GFP_RECLAIM)
		snprintf(buf, size, " %u unmovable", e->order);
	else if (gfp == (GFP_RECLAIM | GFP_MOVABLE))
		snprintf(buf, size, " %u movable", e->order);
	else if (gfp == (GFP_RECLAIM | GFP_RECLAIMABLE))
		snprintf(buf, size, " %u reclaimable", e->order);
	else
		snprintf(buf, size, " %u %x", e->order, gfp);
}

static void write_alloc(struct recording *r, const struct event *e)
{
	bool wanted = e->order >= r->a.low && e->order <= r->a.high;
	char rest[40];
	__u32 id;

	if (e->pfn == ~0ULL) {
		r->failed++;
		return;
	}
	id = pairs_alloc(&r->p, e->pfn, e->order, wanted);
	if (!wanted) {
		r->left_out++;
		return;
	}
	describe(e, rest, sizeof(rest));
	write_line(r, 'a', id, rest);
}

static void write_events(struct recording *r)
{
	const struct event *e;

	for (e = r->ev; e < r->ev + r->n; e++) {
		r->cpu = e->cpu;
		if (e->order >= PAIRS_ORDERS)
			r->left_out++;
		else if (e->free)
			pairs_free(&r->p, e->pfn, e->order);
		else
			write_alloc(r, e);
	}
}

/* The command in a comment: on one line, whatever is in it. */
static void write_command(FILE *f, char **command)
{
	char *text, *c;
	int n = 0;

	while (command[n])
		n++;
	text = sb_join(command, n);
	for (c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	fprintf(f, "# command: %s\n", text);
	free(text);
}

/* What the reader has to know.  The counts are known when the lines are. */
static void write_head(const struct recording *r, FILE *f)
{
	struct utsname u;

	uname(&u);
	fprintf(f, "# shadowbuddy record %s\n# kernel: %s\n# cpus: %u\n", SB_VERSION, u.release,
		r->high_cpu + 1);
	if (r->a.command)
		write_command(f, r->a.command);
	fprintf(f, "# seconds: %.3f, ended by %s\n", r->took, r->why);
	fprintf(f, "# events: %zu, lost: %llu\n", r->n, r->lost);
	fprintf(f, "# allocations: %llu, frees: %llu\n", r->written[0], r->written[1]);
	fprintf(f, "# left out: %llu frees of what was allocated before, %llu refused requests, %llu blocks of other orders\n",
		r->p.unmatched, r->failed, r->left_out);
	fprintf(f, "# blocks freed in pieces: %llu, frees not seen: %llu\n",
		r->p.pieces, (unsigned long long)r->p.again);
	fprintf(f, "# gfp masks: numbers of Linux 6.1 to 6.12, of them DMA HIGHMEM DMA32 MOVABLE RECLAIMABLE\n"
		   "# HIGH ATOMIC DIRECT_RECLAIM KSWAPD_RECLAIM MEMALLOC NOMEMALLOC (%x); a name has both RECLAIMs\n",
		GFP_KEPT);
}

/* Lines first, into memory: the head that comes before them has their counts. */
static enum status write_script(struct recording *r, FILE *f)
{
	char *text = NULL;
	size_t len = 0;

	qsort(r->ev, r->n, sizeof(*r->ev), by_time);
	if (r->a.events && r->n > r->a.events)
		r->n = r->a.events;
	pairs_init(&r->p, write_free, r);
	r->out = open_memstream(&text, &len);
	if (r->out)
		write_events(r);
	pairs_exit(&r->p);
	if (!r->out || ferror(r->out) | fclose(r->out)) {
		free(text);
		return sb_fail(ST_CANNOT, "out of memory: record fewer events (-n EVENTS)");
	}
	write_head(r, f);
	fwrite(text, 1, len, f);
	free(text);
	return ST_DONE;
}

/* ---- the summary ----------------------------------------------------------------- */

static void add(struct json_object *o, const char *key, unsigned long long v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

static struct json_object *summary(const struct recording *r)
{
	struct json_object *o = sb_json_new();
	struct utsname u;
	char took[32];

	uname(&u);
	json_object_object_add(o, "kernel", json_object_new_string(u.release));
	json_object_object_add(o, "file", json_object_new_string(r->a.file));
	snprintf(took, sizeof(took), "%.3f", r->took);
	json_object_object_add(o, "seconds", json_object_new_double_s(r->took, took));
	json_object_object_add(o, "ended_by", json_object_new_string(r->why));
	add(o, "cpus", r->high_cpu + 1);
	add(o, "events", r->n);
	add(o, "lost", r->lost);
	add(o, "allocations", r->written[0]);
	add(o, "frees", r->written[1]);
	add(o, "unmatched_frees", r->p.unmatched);
	add(o, "refused", r->failed);
	add(o, "other_orders", r->left_out);
	add(o, "freed_in_pieces", r->p.pieces);
	add(o, "frees_not_seen", r->p.again);
	return o;
}

/* What a user should know at once. */
static void remark(const struct recording *r, long bytes)
{
	if (r->lost)
		sb_fail(ST_DONE, "%llu events were lost; with more room (-b %u) fewer are", r->lost,
			2 * r->a.buffer);
	if (bytes > REPLAY_MAX_BYTES)
		sb_fail(ST_DONE, "the script has %ld bytes, replay takes %ld: record fewer events (-n) or orders",
			bytes, REPLAY_MAX_BYTES);
	if (r->a.command && !sb_stopped && r->status)
		sb_fail(ST_DONE, WIFSIGNALED(r->status) ? "the command was ended by signal %d" :
			"the command ended with status %d",
			WIFSIGNALED(r->status) ? WTERMSIG(r->status) : WEXITSTATUS(r->status));
}

static void tell(const struct recording *r)
{
	struct json_object *o;

	if (!r->a.file)
		return;
	o = summary(r);
	if (env.json) {
		sb_print_json(o);
		return;
	}
	sb_print_keys(o);
	json_object_put(o);
}

/* Record, then write; the file is there from the beginning, under another name. */
static enum status record(struct recording *r)
{
	enum status st = make_instance();
	struct sb_out o;
	long bytes = 0;

	if (!st)
		st = set_up(&r->a);
	if (!st)
		st = load_formats(r);
	if (!st)
		st = sb_out_open(&o, r->a.file);
	if (st)
		return st;
	unfinished = o.tmp;
	st = trace(r);
	if (!st)
		st = write_script(r, o.f);
	unfinished = NULL;
	if (!st)
		bytes = ftell(o.f);
	st = sb_out_close(&o, st);
	if (!st) {
		tell(r);
		remark(r, bytes);
	}
	return st;
}

enum status verb_record(int argc, char **argv)
{
	struct recording *r = sb_alloc(sizeof(*r));
	enum status st;

	r->a = (struct args) { .high = PAIRS_ORDERS - 1, .buffer = 4096 };
	st = sb_parse(&argp, argc, argv, &r->a) ? ST_USAGE : ST_DONE;
	tracefs_set_loglevel(TEP_LOG_NONE);
	if (!st)
		st = record(r);
	drop_instance();
	tep_free(r->tep);
	free(r->ev);
	free(r);
	return st;
}
