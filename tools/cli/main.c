// SPDX-License-Identifier: GPL-2.0
/* shadowbuddy: the command line. Finds the verb and hands over. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sb.h"

struct env env;
volatile int sb_stopped;

/**
 * struct verb - one thing to do
 * @name: as typed
 * @run:  does it; NULL if it has not landed
 * @what: in a line
 */
struct verb {
	const char *name;
	enum status (*run)(int argc, char **argv);
	const char *what;
};

static const struct verb verbs[] = {
	{ "status", verb_status, "what is loaded, on what memory" },
	{ "load", verb_load, "load the module" },
	{ "unload", verb_unload, "end what runs, unload the module" },
	{ "bench", verb_bench, "time the same requests on both allocators" },
	{ "exact", verb_exact, "hold the host against a clone, frame by frame" },
	{ "replay", verb_replay, "serve a script of requests from the initial state" },
	{ "record", verb_record, "write the host's requests down as such a script" },
	{ "compare", verb_compare, "both allocators' memory side by side" },
	{ "map", verb_map, "memory as a picture, a cell a pageblock" },
	{ "top", verb_top, "both allocators at work, full screen" },
	{ "report", verb_report, "saved results as one HTML file" },
	{ "selftest", verb_selftest, "is what is loaded in order?" },
	{ "mirror", verb_mirror, "follow the host's own requests in a clone, and tell how well" },
	{ "whatif", verb_whatif, "the same requests under other settings" },
};

static void print_help(FILE *to)
{
	size_t i;

	fputs("Usage: shadowbuddy VERB [OPTION...] [ARG...]\n"
	      "A second page allocator beside the kernel's own.\n\n", to);
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(to, "  %-10s %s%s\n", verbs[i].name, verbs[i].what,
			verbs[i].run ? "" : " (not there yet)");
	fputs("\n"
	      "  shadowbuddy VERB --help   options and examples of a verb\n"
	      "  shadowbuddy --version\n\n"
	      "Exit status: 0 done, 1 a difference was found, 2 bad usage, 3 could not run.\n\n"
	      "EXAMPLES\n"
	      "  sudo shadowbuddy load arena_mb=256\n"
	      "  sudo shadowbuddy bench workload=frag level=1\n"
	      "  sudo shadowbuddy exact bursts=200\n"
	      "  sudo shadowbuddy whatif -s 'noboost watermark_boost_factor=0'\n"
	      "  sudo shadowbuddy map --watch\n", to);
}

/* What argp has to say of bad usage; of its lines only the first is of use. */
static struct {
	FILE *f;
	char *text;
	size_t len;
} said;

static void print_said(void)
{
	fclose(said.f);
	if (said.len && strncmp(said.text, "Try ", 4))
		fprintf(stderr, "%.*s; shadowbuddy %s --help tells more\n",
			(int)strcspn(said.text, "\n"), said.text, env.verb);
	free(said.text);
}

/* argp ends the program itself after --help, with 0 whatever became of the text. */
static void at_exit(void)
{
	print_said();
	if (sb_flush(ST_DONE))
		_exit(ST_CANNOT);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		said.f = open_memstream(&said.text, &said.len);
		if (said.f && !atexit(at_exit))
			state->err_stream = said.f;
		return 0;
	case SB_KEY_JSON:
		env.json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "json", SB_KEY_JSON, NULL, 0, "Print JSON", 90 },
	{ 0 }
};

const struct argp sb_common_argp = {
	.options = common_options,
	.parser = parse_common,
};

/* argp's own exit status for bad usage is 64; ours is 2. */
int sb_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static char name[64];

	snprintf(name, sizeof(name), "shadowbuddy %s", env.verb);
	argv[0] = name;
	argp_err_exit_status = ST_USAGE;
	return argp_parse(argp, argc, argv, 0, NULL, input) ? ST_USAGE : ST_DONE;
}

static void stop(int sig)
{
	(void)sig;
	sb_stopped = 1;
}

/* Calls that wait return with EINTR; a closed pipe is an error like others. */
void sb_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = stop };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void look_around(void)
{
	const char *root = getenv("SHADOWBUDDY_DEBUGFS");
	const char *proc = getenv("SHADOWBUDDY_PROC");
	const char *no_colour = getenv("NO_COLOR");

	snprintf(env.dir, sizeof(env.dir), "%s/shadowbuddy",
		 root ? root : "/sys/kernel/debug");
	env.module = root ? "" : "/sys/module/shadowbuddy";
	snprintf(env.proc, sizeof(env.proc), "%s", proc ? proc : "/proc");
	env.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
	env.progress = isatty(STDERR_FILENO);
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct verb *v;

	setlocale(LC_CTYPE, "");
	sb_catch_signals();
	if (argc < 2) {
		print_help(stderr);
		return ST_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_help(stdout);
		return sb_flush(ST_DONE);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("shadowbuddy %s\n", SB_VERSION);
		return sb_flush(ST_DONE);
	}
	v = find_verb(argv[1]);
	env.verb = argv[1];
	if (!v)
		return sb_fail(ST_USAGE, "no verb '%s'; shadowbuddy --help lists them",
			       argv[1]);
	if (!v->run)
		return sb_fail(ST_CANNOT, "this version cannot do that yet");
	look_around();
	return sb_flush(v->run(argc - 1, argv + 1));
}
