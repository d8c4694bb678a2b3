// SPDX-License-Identifier: GPL-2.0
/*
 * Running an experiment: a child writes to its "run" file, which blocks until it
 * is through; the parent draws how far it is. A signal to us is one to the child,
 * and so ends the experiment.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sb.h"

bool sb_interrupted;

/* The child: its exit status is the errno. Nobody would end it, were we gone. */
static void write_and_exit(const char *path, const char *args, pid_t parent)
{
	int fd;

	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* What came before that. */
	if (sb_stopped || getppid() != parent)
		_exit(EINTR);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		_exit(errno);
	if (write(fd, args, strlen(args)) < 0)
		_exit(errno);
	_exit(0);
}

static void look(const char *experiment, struct sb_bar *bar)
{
	char *name = sb_printf("%s/progress", experiment);
	char *text = sb_file(name);
	unsigned long long done, total;

	if (text && sscanf(text, "%llu %llu", &done, &total) == 2)
		sb_bar_draw(bar, done, total);
	free(text);
	free(name);
}

/* Wait for the child; 0 or the errno that the write ended with. */
static int wait_for(pid_t pid, const char *experiment)
{
	const struct timespec tick = { .tv_nsec = 100 * 1000 * 1000 };
	struct sb_bar bar = { 0 };
	bool told = false;
	int status = 0;
	pid_t got;

	while (!(got = waitpid(pid, &status, WNOHANG)) || got < 0) {
		if (got < 0 && errno != EINTR)
			break;
		if (sb_stopped && !told) {
			kill(pid, SIGTERM);
			told = true;
		}
		if (env.progress)
			look(experiment, &bar);
		nanosleep(&tick, NULL);
	}
	sb_bar_end(&bar);
	if (WIFSIGNALED(status) || told)
		return EINTR;
	return WEXITSTATUS(status);
}

/* Run to the end.  @result is set, also after a signal if there is one. */
enum status sb_run(const char *experiment, const char *args, char **result)
{
	char *run = sb_printf("%s/run", experiment), *path, *name;
	enum status st = ST_DONE;
	pid_t pid, self = getpid();
	int err;

	path = sb_printf("%s/%s", env.dir, run);
	*result = NULL;
	fflush(NULL);
	pid = fork();
	if (!pid)
		write_and_exit(path, *args ? args : "\n", self);
	err = pid < 0 ? errno : wait_for(pid, experiment);
	free(path);
	sb_interrupted = err == EINTR;
	if (sb_interrupted)
		st = sb_fail(ST_CANNOT, "interrupted; the experiment has ended and given all back");
	else if (err)
		st = sb_last_error(run, err);
	free(run);
	if (st != ST_DONE)
		return st;
	name = sb_printf("%s/result", experiment);
	*result = sb_file(name);
	free(name);
	if (!*result)
		return sb_fail(ST_CANNOT, "cannot read the result: %s", strerror(errno));
	return ST_DONE;
}

static error_t parse_words(int key, char *arg, struct argp_state *state)
{
	char **words = state->input;

	(void)arg;
	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	*words = sb_join(state->argv + state->next, state->argc - state->next);
	return 0;
}

/* A verb whose arguments are an experiment's keys: its result, as JSON. */
enum status sb_run_words(const char *experiment, const char *doc, int argc,
			 char **argv, struct json_object **o)
{
	const struct argp_child children[] = { { &sb_common_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.parser = parse_words,
		.args_doc = "[KEY=VALUE...]",
		.doc = doc,
		.children = children,
	};
	char *words = NULL, *result = NULL;
	enum status st;

	st = sb_parse(&argp, argc, argv, &words) ? ST_USAGE : sb_need_module();
	if (!st)
		st = sb_run(experiment, words ? words : "", &result);
	if (!st)
		*o = sb_result_verb(result);
	free(result);
	free(words);
	return st;
}
