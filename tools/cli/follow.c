// SPDX-License-Identifier: GPL-2.0
/* The module's mirror: on, a while, and off again; recordings from it and to it. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mirror.h"

#define SECONDS		10.0	/* unless it is said */
#define PIECE		1048576	/* of a recording, at once */

enum { KEY_HOOKS = 0x300 };

/* ---- options ----------------------------------------------------------------------- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct following *f = state->input;

	switch (key) {
	case 't':
		f->seconds = sb_arg_seconds(state, arg);
		break;
	case 'r':
		f->ring = sb_arg_uint(state, "--ring", arg, 1, UINT32_MAX);
		break;
	case 'p':
		f->pause_us = sb_arg_uint(state, "--pause", arg, 1, UINT32_MAX);
		break;
	case KEY_HOOKS:
		if (!*arg || strpbrk(arg, " \t\n"))
			argp_error(state, "--hooks: all, none, or names with commas between");
		f->hooks = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	f->asked = true;
	return 0;
}

static const struct argp_option options[] = {
	{ "time", 't', "SECONDS", 0, "Follow the host for so long (10)", 0 },
	{ "ring", 'r', "RECORDS", 0, "Of a CPU's ring (65536); more if events are lost", 0 },
	{ "pause", 'p', "US", 0, "Microseconds that all CPUs may rest for (2000)", 0 },
	{ "hooks", KEY_HOOKS, "LIST", 0, "Hooks beside the tracepoints: all, none, or names", 0 },
	{ 0 }
};

const struct argp follow_argp = { .options = options, .parser = parse };

/* ---- on and off -------------------------------------------------------------------- */

static bool ours;	/* we have switched it on, and not yet off */

/* What is needed, and whether the mirror is on. */
enum status follow_need(bool *on)
{
	enum status st = sb_need_module();
	char *text;

	if (st)
		return st;
	text = sb_file("mirror/enable");
	if (!text && errno == ENOENT)
		return sb_fail(ST_CANNOT, "no %s/mirror: this module has no mirror; load the one that came with this program",
			       env.dir);
	if (!text)
		return sb_fail(ST_CANNOT, "cannot read %s/mirror/enable: %s", env.dir,
			       strerror(errno));
	*on = *text == '1';
	free(text);
	return ST_DONE;
}

static enum status switch_off(void)
{
	if (!ours)
		return ST_DONE;
	ours = false;
	return sb_write("mirror/enable", "0");
}

/* However we end. */
static void clean_up(void)
{
	switch_off();
}

static void add_number(FILE *f, const char *key, unsigned long v)
{
	if (v)
		fprintf(f, " %s=%lu", key, v);
}

/* What is written to switch it on. */
static char *words_of(const struct following *f)
{
	char *text = NULL;
	size_t len;
	FILE *m = open_memstream(&text, &len);

	if (!m)
		return sb_strdup("1");
	fputc('1', m);
	add_number(m, "ring", f->ring);
	add_number(m, "pause_us", f->pause_us);
	add_number(m, "resnap_pct", f->resnap);
	add_number(m, "record_mb", f->record_mb);
	if (f->hooks)
		fprintf(m, " hooks=%s", f->hooks);
	fclose(m);
	return text;
}

static enum status switch_on(const struct following *f)
{
	char *words = words_of(f);
	enum status st = sb_write("mirror/enable", words);

	free(words);
	if (st)
		return st;
	ours = true;
	atexit(clean_up);
	return ST_DONE;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A signal ends it early; what was seen until then counts. */
static void wait_out(struct following *f)
{
	const struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };
	double seconds = f->seconds > 0 ? f->seconds : SECONDS, began = now();
	struct sb_bar bar = { 0 };

	while (!sb_stopped && f->took < seconds) {
		nanosleep(&tick, NULL);
		f->took = now() - began;
		if (env.progress)
			sb_bar_draw(&bar, f->took * 1000, seconds * 1000);
	}
	sb_bar_end(&bar);
}

/* Follow the host for its time, or up to a signal; the mirror is off afterwards. */
enum status follow_run(struct following *f)
{
	enum status st;

	if (sb_stopped)
		return sb_fail(ST_CANNOT, "interrupted");
	st = switch_on(f);
	if (st)
		return st;
	wait_out(f);
	return switch_off();
}

/* For how long it was. */
void follow_add(const struct following *f, struct json_object *o)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", f->took);
	json_object_object_add(o, "seconds", sb_value(text));
	json_object_object_add(o, "interrupted",
			       json_object_new_string(sb_stopped ? "yes" : "no"));
}

/* ---- recordings -------------------------------------------------------------------- */

static int open_file(const char *name, int flags)
{
	char *path = sb_printf("%s/%s", env.dir, name);
	int fd = open(path, flags | O_CLOEXEC), err = errno;

	free(path);
	errno = err;
	return fd;
}

/* The last recording, byte by byte. */
enum status follow_save(FILE *to)
{
	char *piece = sb_alloc(PIECE);
	int fd = open_file("mirror/recording", O_RDONLY), err = 0;
	size_t sum = 0;
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, piece, PIECE)) > 0)
		sum += fwrite(piece, 1, n, to);
	if (n < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	free(piece);
	if (err)
		return sb_fail(ST_CANNOT, "cannot read %s/mirror/recording: %s", env.dir,
			       strerror(err));
	return sum ? ST_DONE : sb_fail(ST_CANNOT, "%s/mirror/recording is empty", env.dir);
}

/* struct sbd_recording_head, as far as it matters here */
struct head {
	uint8_t magic[8];
	uint32_t crc;
	uint32_t version;
	uint64_t bytes;
	uint64_t others[5];
};

/*
 * The module waits for the whole of what a recording says that it is, and would keep
 * the answer that it has if that does not come.
 */
static enum status check_recording(int fd, const char *file)
{
	unsigned long long is, wanted;
	struct head h;
	struct stat s;

	if (fstat(fd, &s) || !S_ISREG(s.st_mode))
		return sb_fail(ST_CANNOT, "%s is no file", file);
	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, "SBDREC\r\n", 8))
		return sb_fail(ST_CANNOT, "%s is not a recording: shadowbuddy mirror -o FILE makes one",
			       file);
	is = s.st_size;
	wanted = le64toh(h.bytes);
	if (is < wanted)
		return sb_fail(ST_CANNOT, "%s is cut off: %llu bytes of %llu", file, is, wanted);
	return ST_DONE;
}

/* All of a piece, in as many writes as the module wants.  Return: 0 or an errno. */
static int write_piece(int fd, const char *piece, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		if (sb_stopped)
			return EINTR;
		n = write(fd, piece + done, len - done);
		if (n <= 0)
			return n ? errno : EIO;
		done += n;
	}
	return 0;
}

/* Piece by piece; the last write waits for the answer. */
static enum status send(int from, int to, const char *file)
{
	char *piece = sb_alloc(PIECE);
	ssize_t n;
	int err = 0;

	while (!err && (n = read(from, piece, PIECE)) > 0)
		err = write_piece(to, piece, n);
	free(piece);
	if (err == EINTR)
		return sb_fail(ST_CANNOT, "interrupted; the replay has ended and given all back");
	if (err)
		return sb_last_error("mirror/replay", err);
	return n ? sb_fail(ST_CANNOT, "cannot read %s: %s", file, strerror(errno)) : ST_DONE;
}

/* Have a recording served; the mirror's result is the answer then. */
enum status follow_replay(const char *file)
{
	int from = open(file, O_RDONLY | O_CLOEXEC), to;
	enum status st;

	if (from < 0)
		return sb_fail(ST_CANNOT, "cannot read %s: %s", file, strerror(errno));
	st = check_recording(from, file);
	if (!st) {
		to = open_file("mirror/replay", O_WRONLY | O_TRUNC);
		st = to < 0 ? sb_last_error("mirror/replay", errno) : send(from, to, file);
		if (to >= 0)
			close(to);
	}
	close(from);
	return st;
}
