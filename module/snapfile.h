/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot in bytes, for another machine to begin with. */
#ifndef SBD_SNAPFILE_H
#define SBD_SNAPFILE_H

#include "snapshot.h"
#include "wire.h"

void sbd_snapfile(struct sbd_wire *w, struct sbd_snap *s);
void sbd_snapfile_tunables(struct sbd_wire *w, struct sbd_tunables *tun);
u64 sbd_snapfile_frames(const struct sbd_snap *s);

#endif
