/* SPDX-License-Identifier: GPL-2.0 */
/* What owned workloads do: huge pages, fragmentation, policies. */
#ifndef SBD_SCENE_H
#define SBD_SCENE_H

#include "stage.h"

int sbd_scene_thp(struct sbd_stage *s, struct sbd_error *err);
int sbd_scene_nodes(struct sbd_stage *s, struct sbd_error *err);
int sbd_scene_frag(struct sbd_stage *s, struct sbd_error *err);

#endif
