/* SPDX-License-Identifier: GPL-2.0 */
/* The folders live and mirror in debugfs. */
#ifndef SBD_MIRRORFS_H
#define SBD_MIRRORFS_H

struct dentry;
struct sbd_shadow;

void sbd_mirrorfs_init(struct dentry *root, struct sbd_shadow *s);

#endif
