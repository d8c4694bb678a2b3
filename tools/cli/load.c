// SPDX-License-Identifier: GPL-2.0
/* load, unload: insmod and rmmod, with errors that say what to do. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sb.h"

#define KMSG_LINE	1024

/* ---- what the module said -------------------------------------------------------- */

/* From here on: the end of the kernel's log. */
static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* The last line of the module's since then; "" if there is none. */
static char *log_last(int fd)
{
	char line[KMSG_LINE], *last = sb_strdup(""), *at;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		at = strchr(line, ';');
		if (!at || strncmp(at + 1, "shadowbuddy: ", 13) ||
		    strstr(at, "taint") || strstr(at, "verification"))
			continue;
		at[strcspn(at, "\n")] = '\0';
		free(last);
		last = sb_strdup(at + 14);
	}
	if (fd >= 0)
		close(fd);
	return last;
}

/* ---- load ------------------------------------------------------------------------ */

struct args {
	const char *file;
	char *words;
};

/* The kernel would only log a name that it does not know. */
static void check_words(struct argp_state *state)
{
	static const char *const names[] = {
		"arena_mb=", "backend=", "profile=", "zones=", "nodes=",
		"node_mb=", "distance=", "cpu_nodes=",
	};
	size_t n = sizeof(names) / sizeof(*names), j;
	int i;

	for (i = state->next; i < state->argc; i++) {
		for (j = 0; j < n; j++)
			if (!strncmp(state->argv[i], names[j], strlen(names[j])))
				break;
		if (j == n)
			argp_error(state, "no parameter '%s'; there are: arena_mb backend profile zones nodes node_mb distance cpu_nodes, each with =VALUE",
				   state->argv[i]);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'm':
		a->file = arg;
		return 0;
	case ARGP_KEY_ARGS:
		check_words(state);
		a->words = sb_join(state->argv + state->next,
				   state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "module", 'm', "FILE", 0, "This file; else ./shadowbuddy.ko or the installed one", 0 },
	{ 0 }
};

static const struct argp load_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PARAMETER=VALUE...]",
	.doc = "Load the module.\v"
	       "Parameters: arena_mb backend profile zones nodes node_mb distance "
	       "cpu_nodes; shadowbuddy(4) describes them.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy load\n"
	       "  sudo shadowbuddy load arena_mb=256 profile=6.1\n"
	       "  sudo shadowbuddy load -m ./shadowbuddy.ko zones=DMA:4,NORMAL",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* Where DKMS or a distribution may have put it; some compress modules. */
static char *find_module(void)
{
	static const char *const places[] = { "updates/dkms", "updates", "extra" };
	static const char *const ends[] = { "ko", "ko.xz", "ko.zst", "ko.gz" };
	struct utsname u;
	char *path;
	size_t i;

	if (!access("shadowbuddy.ko", R_OK))
		return sb_strdup("shadowbuddy.ko");
	uname(&u);
	for (i = 0; i < 12; i++) {
		path = sb_printf("/lib/modules/%s/%s/shadowbuddy.%s", u.release,
				 places[i / 4], ends[i % 4]);
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* What the errno of a refused module means to who reads it. */
static const char *load_hint(int err)
{
	switch (err) {
	case EPERM:
		return "only root may, and lockdown or Secure Boot may forbid unsigned modules";
	case ENOKEY:
	case EKEYREJECTED:
		return "Secure Boot wants it signed: see \"Secure Boot\" in README.md";
	case ENOEXEC:
		return "it was built for another kernel: make KDIR=/lib/modules/$(uname -r)/build";
	case EBADMSG:
		return "it cannot be unpacked: is it whole, and xz (zstd, gzip) installed?";
	case EEXIST:
		return "it is loaded already";
	default:
		return strerror(err);
	}
}

/* What unpacks a compressed module; NULL: it is none. */
static const char *unpacker(const char *path)
{
	static const char *const how[][2] = {
		{ ".ko.xz", "xz" }, { ".ko.zst", "zstd" }, { ".ko.gz", "gzip" },
	};
	size_t i, len = strlen(path), n;

	for (i = 0; i < 3; i++) {
		n = strlen(how[i][0]);
		if (len > n && !strcmp(path + len - n, how[i][0]))
			return how[i][1];
	}
	return NULL;
}

/* The kernel takes no module from a file that somebody may write to. */
static int reopen_read_only(int fd)
{
	char *path = sb_printf("/proc/self/fd/%d", fd);
	int ro = open(path, O_RDONLY | O_CLOEXEC);

	free(path);
	close(fd);
	return ro;
}

/*
 * A module unpacked in memory.  The kernel could do it, but not with the checksums
 * that DKMS's xz puts in (it fails with EINVAL).  Return: a descriptor, or -1.
 */
static int open_unpacked(const char *path, const char *program)
{
	int fd, status = -1;
	pid_t pid;

	if (access(path, R_OK))
		return -1;
	fd = memfd_create("shadowbuddy.ko", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	pid = fork();
	if (!pid) {
		if (dup2(fd, STDOUT_FILENO) >= 0 && freopen("/dev/null", "w", stderr))
			execlp(program, program, "-dc", "--", path, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		close(fd);
		errno = EBADMSG;
		return -1;
	}
	return reopen_read_only(fd);
}

static int insert(const char *path, const char *words)
{
	const char *program = unpacker(path);
	int fd, err = 0;

	fd = program ? open_unpacked(path, program) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, words, 0))
		err = errno;
	close(fd);
	return err;
}

static enum status load(const char *path, const char *words)
{
	int log = log_open(), err = insert(path, words);
	char *said = log_last(log);
	enum status st = ST_DONE;

	if (err && *said)
		st = sb_fail(ST_CANNOT, "%s", said);
	else if (err)
		st = sb_fail(ST_CANNOT, "%s: %s", path, load_hint(err));
	if (!err && env.json) {
		struct json_object *o = sb_json_new();

		json_object_object_add(o, "module", json_object_new_string(path));
		json_object_object_add(o, "said", json_object_new_string(said));
		sb_print_json(o);
	} else if (!err) {
		puts(*said ? said : "loaded");
	}
	free(said);
	return st;
}

enum status verb_load(int argc, char **argv)
{
	struct args a = { 0 };
	enum status st;
	char *path;

	if (sb_parse(&load_argp, argc, argv, &a))
		return ST_USAGE;
	path = a.file ? sb_strdup(a.file) : find_module();
	if (path)
		st = load(path, a.words ? a.words : "");
	else
		st = sb_fail(ST_CANNOT, "no shadowbuddy.ko here or in /lib/modules: make, or dkms install");
	free(path);
	free(a.words);
	return st;
}

/* ---- unload ---------------------------------------------------------------------- */

static const struct argp unload_argp = {
	.doc = "End what runs, then unload the module.\v"
	       "Who writes to an experiment's run file gets SIGTERM, and SIGINT if that is not "
	       "enough; the experiment then gives all memory back. Who only has a file open is "
	       "named, and left alone.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy unload",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* Does a process have one of our files open? @running: one that runs. */
static bool has_open(long pid, bool *running)
{
	char *dir = sb_printf("/proc/%ld/fd", pid), *path, to[512];
	DIR *d = opendir(dir);
	bool any = false;
	struct dirent *e;
	ssize_t n;

	*running = false;
	while (d && (e = readdir(d))) {
		path = sb_printf("%s/%s", dir, e->d_name);
		n = readlink(path, to, sizeof(to) - 1);
		free(path);
		if (n < 0)
			continue;
		to[n] = '\0';
		if (strncmp(to, env.dir, strlen(env.dir)))
			continue;
		any = true;
		*running |= n > 4 && !strcmp(to + n - 4, "/run");
	}
	if (d)
		closedir(d);
	free(dir);
	return any;
}

/* "12, 34" */
static void add_user(char **users, long pid)
{
	char *old = *users;

	*users = old ? sb_printf("%s, %ld", old, pid) : sb_printf("%ld", pid);
	free(old);
}

/*
 * Tell who runs something, if @sig is one.  Return: how many were told.
 * @users: all who have a file of ours open, a text; NULL if that is not asked for
 */
static int tell_runs(int sig, char **users)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	bool running;
	int n = 0;
	long pid;

	while (d && (e = readdir(d))) {
		pid = strtol(e->d_name, NULL, 10);
		if (pid <= 0 || pid == getpid() || !has_open(pid, &running))
			continue;
		if (sig && running && !kill(pid, sig))
			n++;
		if (users)
			add_user(users, pid);
	}
	if (d)
		closedir(d);
	return n;
}

static int delete_module(void)
{
	return syscall(SYS_delete_module, "shadowbuddy", O_NONBLOCK) ? errno : 0;
}

/*
 * Runs need a moment to give their memory back, and are told again every second: by
 * SIGINT then, for a shell that somebody types at takes no notice of SIGTERM.
 * @ended: how many were told at first
 */
static int unload(int *ended)
{
	const struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };
	int err = delete_module(), tries, told = 0;

	for (tries = 0; tries < 200 && (err == EBUSY || err == EAGAIN); tries++) {
		if (sb_stopped)
			return EINTR;
		if (tries % 20 == 0)
			told += tell_runs(tries ? SIGINT : SIGTERM, NULL);
		if (!tries)
			*ended = told;
		if (tries > 4 && !told)
			break;
		nanosleep(&tick, NULL);
		err = delete_module();
	}
	return err;
}

static enum status still_in_use(void)
{
	char *users = NULL;
	enum status st;

	tell_runs(0, &users);
	if (users)
		st = sb_fail(ST_CANNOT, "in use by process %s", users);
	else
		st = sb_fail(ST_CANNOT, "in use, though no process has a file of it open: is something traced?");
	free(users);
	return st;
}

enum status verb_unload(int argc, char **argv)
{
	int err, ended = 0;

	if (sb_parse(&unload_argp, argc, argv, NULL))
		return ST_USAGE;
	if (access(env.module, F_OK))
		return sb_fail(ST_CANNOT, "the module is not loaded");
	err = unload(&ended);
	if (err == EPERM)
		return sb_fail(ST_CANNOT, "only root may: sudo shadowbuddy unload");
	if (err == EBUSY || err == EAGAIN)
		return still_in_use();
	if (err)
		return sb_fail(ST_CANNOT, "%s", strerror(err));
	if (env.json) {
		struct json_object *o = sb_json_new();

		json_object_object_add(o, "ended", json_object_new_int(ended));
		sb_print_json(o);
	} else {
		printf(ended ? "unloaded; %d experiment%s ended\n" : "unloaded\n",
		       ended, ended == 1 ? "" : "s");
	}
	return ST_DONE;
}
