// SPDX-License-Identifier: GPL-2.0
/* status: what is loaded, on what memory; and if not, what is in the way. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sb.h"

static const struct argp argp = {
	.doc = "What is loaded, on what memory.\v"
	       "As anybody it tells what anybody may see, and says what it leaves out.\n\n"
	       "EXAMPLES\n"
	       "  shadowbuddy status\n"
	       "  sudo shadowbuddy status --json | jq .arena.pages",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

static void add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

/* A line of a file, without its end; "" if it cannot be read. */
static char *line_of(const char *path)
{
	char *text = sb_read(path);

	if (!text)
		return sb_strdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void add_parameters(struct json_object *o)
{
	static const char *const names[] = {
		"arena_mb", "backend", "profile", "zones", "nodes",
	};
	struct json_object *p = json_object_new_object();
	char *path, *v;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path = sb_printf("%s/parameters/%s", env.module, names[i]);
		v = line_of(path);
		json_object_object_add(p, names[i], sb_value(v));
		free(v);
		free(path);
	}
	json_object_object_add(o, "parameters", p);
}

/* What the files say; false if they cannot be read. */
static bool add_files(struct json_object *o)
{
	char *version = sb_file("version"), *arena = sb_file("arena");
	bool good = version && arena;

	if (good) {
		json_object_object_add(o, "module", sb_result_json(version));
		json_object_object_add(o, "arena", sb_result_json(arena));
	}
	free(version);
	free(arena);
	return good;
}

static const char *hint(bool loaded, bool files)
{
	if (!loaded)
		return "the module is not loaded: sudo shadowbuddy load";
	if (files)
		return "";
	if (geteuid())
		return "only root can see more: sudo shadowbuddy status";
	return "no debugfs: mount -t debugfs debugfs /sys/kernel/debug";
}

static struct json_object *collect(void)
{
	struct json_object *o = sb_json_new();
	bool loaded = sb_loaded(), files = false;
	struct utsname u;
	char *lockdown = line_of("/sys/kernel/security/lockdown");

	uname(&u);
	add(o, "kernel", u.release);
	if (*lockdown)
		add(o, "lockdown", lockdown);
	free(lockdown);
	json_object_object_add(o, "loaded", json_object_new_boolean(loaded));
	if (!access(env.module, F_OK))
		add_parameters(o);
	if (loaded)
		files = add_files(o);
	if (*hint(loaded, files))
		add(o, "hint", hint(loaded, files));
	return o;
}

static const char *text_at(struct json_object *list, size_t i)
{
	return json_object_get_string(json_object_array_get_idx(list, i));
}

static void print_members(struct json_object *o, const char *indent)
{
	size_t i;

	json_object_object_foreach(o, key, v) {
		if (!strcmp(key, "verb") || !strcmp(key, "hint"))
			continue;
		if (json_object_is_type(v, json_type_object)) {
			printf("%s%s:\n", indent, key);
			print_members(v, "  ");
		} else if (json_object_is_type(v, json_type_array)) {
			for (i = 0; i < json_object_array_length(v); i++)
				printf("%s%s: %s\n", indent, key, text_at(v, i));
		} else {
			printf("%s%s: %s\n", indent, key, json_object_get_string(v));
		}
	}
}

enum status verb_status(int argc, char **argv)
{
	struct json_object *o, *h = NULL;

	if (sb_parse(&argp, argc, argv, NULL))
		return ST_USAGE;
	o = collect();
	if (env.json) {
		sb_print_json(o);
		return ST_DONE;
	}
	print_members(o, "");
	fflush(stdout);
	if (json_object_object_get_ex(o, "hint", &h))
		sb_fail(ST_DONE, "%s", json_object_get_string(h));
	json_object_put(o);
	return ST_DONE;
}
