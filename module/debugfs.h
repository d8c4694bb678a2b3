/* SPDX-License-Identifier: GPL-2.0 */
/* The files under /sys/kernel/debug/shadowbuddy. */
#ifndef SBD_DEBUGFS_H
#define SBD_DEBUGFS_H

struct sbd_shadow;

int sbd_debugfs_init(struct sbd_shadow *shadow);
void sbd_debugfs_exit(void);

#endif
