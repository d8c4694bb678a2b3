/* SPDX-License-Identifier: GPL-2.0 */
/* Files of text in debugfs: one function prints, one takes what is written. */
#ifndef SBD_FILES_H
#define SBD_FILES_H

#include "errlog.h"
#include "text.h"

struct dentry;

/**
 * struct sbd_file - what stands behind one file
 * @name:  path below the directory, for error_log
 * @show:  prints it, NULL if it cannot be read
 * @write: takes a NUL-terminated text, NULL if it cannot be written
 * @arg:   of show and write
 */
struct sbd_file {
	const char *name;
	void (*show)(struct sbd_text *t, const void *arg);
	int (*write)(char *text, const void *arg, struct sbd_error *err);
	const void *arg;
};

void sbd_files_create(struct dentry *dir, const struct sbd_file *kinds, int n);
struct dentry *sbd_files_folder(const char *name, struct dentry *parent);
bool sbd_files_is_text(const char *text, size_t len);
int sbd_files_check_one(const char *text, struct sbd_error *err);

#endif
